import type { VNode } from 'preact';
import { isDescription } from '../../server/contract/nestedRuns.ts';
import { plural } from '../../server/contract/format/plural.ts';
import type { ModelVersion } from '../../server/contract/registry.ts';
import { Section } from '../ui/blocks.tsx';
import { Folded } from './Folded.tsx';
import type { VerdictStore } from './verdictStore.ts';

/** So many are shown without a fold. */
const few = 12;

/** The params of a version: those that differ from the version that it is compared with, then the others. */
export function VersionParams({ store, version }: { readonly store: VerdictStore; readonly version: ModelVersion }): VNode | null {
  const names = Object.keys(version.params).sort((a, b) => a.localeCompare(b));
  if (names.length === 0) {
    return null;
  }
  const [reference, verdict] = [store.reference.value, store.verdict.value];
  const differing = new Set(verdict?.params ?? []);
  const before = (name: string): string | undefined => (differing.has(name) ? (reference?.version.params[name] ?? 'none') : undefined);
  // What an estimator prints, and what was left as it is, are not what somebody chose.
  const telling = (name: string): boolean => differing.has(name) || !(isDescription(version.params[name] ?? '') || version.params[name] === 'None');
  const first = names.filter((name) => (names.length <= few ? telling(name) : differing.has(name)));
  const others = names.filter((name) => !first.includes(name));
  const note = reference === undefined || differing.size === 0 ? String(names.length) : `${differing.size} of ${names.length} differ from v${reference.version.version}`;
  return (
    <Section title="Params" note={note}>
      {first.length > 0 && <Pairs version={version} names={first} before={before} />}
      {others.length > 0 && (
        <Folded title={first.length === 0 ? plural(others.length, 'param') : `${others.length} more`}>
          <Pairs version={version} names={others} before={before} />
        </Folded>
      )}
    </Section>
  );
}

interface PairsProps {
  readonly version: ModelVersion;
  readonly names: readonly string[];
  readonly before: (name: string) => string | undefined;
}

function Pairs({ version, names, before }: PairsProps): VNode {
  return (
    <dl class="pairs pairs-wide">
      {names.map((name) => {
        const value = version.params[name] ?? '';
        const other = before(name);
        return (
          <div key={name} class="pair">
            <dt title={name}>{name}</dt>
            <dd title={value}>
              {other !== undefined && (
                <span class="muted">
                  {other}
                  <span aria-hidden="true"> → </span>
                  <span class="sr-only"> before, now </span>
                </span>
              )}
              {value}
            </dd>
          </div>
        );
      })}
    </dl>
  );
}
