import type { VNode } from 'preact';
import { gateIds, type GateId, type GateResult } from '../../server/contract/gates.ts';
import { formatTime } from '../../server/contract/format/times.ts';
import { lookUp, wordFor, type Known } from '../../server/contract/unknown.ts';
import { Badge, type Tone } from '../ui/blocks.tsx';
import { Button } from '../ui/toolkit.ts';

type State = Known<GateResult['state']>;
const tones: Readonly<Record<State, Tone>> = { passed: 'good', failed: 'bad', 'not-evaluated': 'warning' };
const icons: Readonly<Record<State, string>> = { passed: 'pass', failed: 'error', 'not-evaluated': 'question' };
const words: Readonly<Record<State, string>> = { passed: 'passed', failed: 'failed', 'not-evaluated': 'not evaluated' };

interface GateTableProps {
  readonly results: readonly GateResult[];
  /** Offered for gates that have not passed. */
  readonly onWaive?: ((gate: GateId) => void) | undefined;
}

/** What came of each gate, with its figures and where it is asked for. */
export function GateTable({ results, onWaive }: GateTableProps): VNode {
  return (
    <ul class="plain gate-list">
      {results.map(({ gate, state, message, source, waiver }) => {
        const known = gateIds.find((id) => id === gate);
        return (
          <li key={gate} class="gate">
            <div class="gate-head">
              <strong>{gate}</strong>
              <Badge tone={lookUp(tones, state) ?? 'neutral'} icon={lookUp(icons, state) ?? 'question'}>
                {wordFor(words, state)}
              </Badge>
              {waiver !== undefined && <Badge tone="warning" icon="person">waived</Badge>}
              <span class="muted gate-source" title="Where it is asked for">{source}</span>
            </div>
            <p>{message}</p>
            {waiver !== undefined && (
              <p class="muted">
                {waiver.by} answers for it until {formatTime(waiver.until)}: {waiver.reason}
              </p>
            )}
            {onWaive !== undefined && known !== undefined && state !== 'passed' && waiver === undefined && (
              <Button icon="person" title={`Let ${gate} pass for this version, by name, with a reason and an end`} onClick={() => { onWaive(known); }}>
                Answer for It…
              </Button>
            )}
          </li>
        );
      })}
    </ul>
  );
}
