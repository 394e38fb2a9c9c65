import type { VNode } from 'preact';
import { lookUp, wordFor } from '../../server/contract/unknown.ts';
import { CopyButton, Failure, Icon, Section, Skeleton } from '../ui/blocks.tsx';
import { Folded } from './Folded.tsx';
import type { GovernanceStore } from './governanceStore.ts';

const icons = { has: 'check', lacks: 'warning', 'not-yet': 'circle-outline' } as const;
const words = { has: 'has it', lacks: 'lacks it', 'not-yet': 'not yet' } as const;

/** What the model has of what production takes, and the command that adds what is missing. */
export function ReadinessView({ store: { readiness } }: { readonly store: GovernanceStore }): VNode {
  const found = readiness.value.value;
  const failure = readiness.failure.value;
  const items = found?.items ?? [];
  const has = items.filter(({ state }) => state === 'has').length;
  const lacking = items.filter(({ state }) => state === 'lacks');
  return (
    <Section title="Readiness" {...(found === undefined ? {} : { note: `${has} of ${items.length}, by version ${found.version}` })}>
      {failure !== undefined && <Failure what="What the model has could not be loaded." failure={failure} onRetry={readiness.reset} />}
      {found === undefined && failure === undefined && readiness.at.value === undefined && <Skeleton rows={2} label="Loading what the model has" />}
      {found !== undefined && (
        <>
          <p>{lacking.length === 0 ? 'It lacks nothing of what production takes.' : `It lacks: ${lacking.map(({ label }) => label.toLowerCase()).join(', ')}.`}</p>
          <Folded title="All of it, and what adds it">
            <ul class="plain readiness">
              {items.map(({ id, label, state, detail, command }) => (
                <li key={id} class="readiness-item">
                  <Icon name={lookUp(icons, state) ?? 'question'} />
                  <div>
                    <strong>{label}</strong>
                    <span class="sr-only">, {wordFor(words, state)}</span> <span class="muted">{detail}</span>
                    {command !== undefined && (
                      <p class="readiness-command">
                        <code>{command}</code>
                        <CopyButton text={command} label="Copy command" />
                      </p>
                    )}
                  </div>
                </li>
              ))}
            </ul>
          </Folded>
        </>
      )}
    </Section>
  );
}
