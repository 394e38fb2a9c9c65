import type { VNode } from 'preact';
import type { RolloutComparison, TrafficCount } from '../../server/contract/deployments.ts';
import type { RolloutCheck } from '../../server/contract/rolloutCheck.ts';
import { formatDuration } from '../../server/contract/format/durations.ts';
import { formatNumber } from '../../server/contract/format/numbers.ts';
import { lookUp, wordFor, type Known } from '../../server/contract/unknown.ts';
import { Icon } from '../ui/blocks.tsx';

interface ComparisonProps {
  readonly comparison: RolloutComparison;
  /** What the live release's numbers are of, such as `over the same time`. */
  readonly span: string;
}

/** The new release beside the one that was live, and what the checks say of it. */
export function Comparison({ comparison: { fresh, live, checks }, span }: ComparisonProps): VNode {
  return (
    <div class="comparison">
      <div class="table-scroll" role="region" aria-label="New release beside the live one" tabIndex={0}>
        <table class="table comparison-table">
          <thead>
            <tr>
              <th scope="col">At the gateway</th>
              <th scope="col">v{fresh.modelVersion}, new</th>
              <th scope="col">v{live.modelVersion}, {span}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ label, value }) => (
              <tr key={label}>
                <th scope="row">{label}</th>
                <td>{value(fresh)}</td>
                <td>{value(live)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <Checks checks={checks} />
    </div>
  );
}

/** What the checks of a new release say. */
export function Checks({ checks }: { readonly checks: readonly RolloutCheck[] }): VNode {
  return (
    <ul class="plain checks" aria-label="Checks">
      {joined(checks).map((check) => (
        <CheckLine key={check.id} check={check} />
      ))}
    </ul>
  );
}

/** Checks of which the same is said, such as that there are too few requests, as one. */
function joined(checks: readonly RolloutCheck[]): readonly RolloutCheck[] {
  const [first] = checks;
  return first !== undefined && checks.length > 1 && checks.every(({ state, message }) => state === first.state && message === first.message) ? [{ ...first, id: 'all', label: 'All checks' }] : checks;
}

function counted(part: number, { requests }: TrafficCount): string {
  return requests === 0 ? '–' : `${formatNumber(part)} (${formatNumber((100 * part) / requests, 3)} %)`;
}

const rows: readonly { readonly label: string; readonly value: (count: TrafficCount) => string }[] = [
  { label: 'Requests', value: ({ requests }) => formatNumber(requests) },
  { label: 'Errors', value: (count) => counted(count.errors, count) },
  { label: 'Refused input', value: (count) => counted(count.refused, count) },
  ...(['p50', 'p95', 'p99'] as const).map((quantile) => ({ label: quantile, value: ({ latency }: TrafficCount) => (latency === undefined ? '–' : formatDuration(latency[quantile])) })),
];

const icons: Readonly<Record<Known<RolloutCheck['state']>, string>> = { passed: 'check', failed: 'error', 'not-evaluated': 'dash' };
const words: Readonly<Record<Known<RolloutCheck['state']>, string>> = { passed: 'passed', failed: 'failed', 'not-evaluated': 'not evaluated' };

function CheckLine({ check: { label, state, message } }: { readonly check: RolloutCheck }): VNode {
  return (
    <li class={`check check-${state}`}>
      <Icon name={lookUp(icons, state) ?? 'question'} />
      <span class="check-label">
        {label}
        <span class="sr-only">, {wordFor(words, state)}</span>
      </span>
      <span class="muted">{message}</span>
    </li>
  );
}
