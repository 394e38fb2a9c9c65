import { computed, effect, type ReadonlySignal } from '@preact/signals';
import { primaryMetricOfModel, tagsOfModel } from '../../server/contract/modelJudgement.ts';
import type { PrimaryMetric } from '../../server/contract/primaryMetric.ts';
import { championAlias, type AliasMove, type ModelVersion, type RegisteredModel } from '../../server/contract/registry.ts';
import type { Experiment } from '../../server/contract/tracking.ts';
import { verdictOn, type VersionVerdict } from '../../server/contract/versionVerdict.ts';
import type { PanelParts } from '../ui/mount.tsx';
import { createResource, type Resource } from '../ui/resource.ts';
import type { ScoredRows } from './evaluation.ts';
import { pairedAuc, type PairedAuc } from './pairedAuc.ts';
import { readEvaluation } from './readEvaluation.ts';

/** The version that another one is compared with. */
export interface ReferenceVersion {
  readonly version: ModelVersion;
  /** Such as `@champion (v2)`. */
  readonly label: string;
}

/** How the shown version stands to the one in production. */
export interface VerdictStore {
  /** What the experiment of the shown model says of its metrics. */
  readonly tags: ReadonlySignal<Experiment['tags']>;
  readonly primary: ReadonlySignal<PrimaryMetric | undefined>;
  /** The champion; for the champion itself the one before it; without a champion the version before. */
  readonly reference: ReadonlySignal<ReferenceVersion | undefined>;
  /** The one that the versions of the list are compared with: the champion. */
  readonly champion: ReadonlySignal<ModelVersion | undefined>;
  readonly verdict: ReadonlySignal<VersionVerdict | undefined>;
  /** Undefined where the two were not evaluated on the same rows. */
  readonly paired: ReadonlySignal<PairedAuc | undefined>;
  readonly refresh: () => void;
}

interface VerdictParts {
  readonly host: PanelParts<'registry'>['host'];
  readonly model: ReadonlySignal<RegisteredModel | undefined>;
  readonly version: ReadonlySignal<ModelVersion | undefined>;
  readonly moves: ReadonlySignal<readonly AliasMove[]>;
  /** The evaluation rows of the shown version. */
  readonly evaluation: Resource<ScoredRows | null>;
}

export function createVerdictStore({ host, model, version, moves, evaluation }: VerdictParts): VerdictStore {
  const experiments = createResource<readonly Experiment[]>(async (_show, signal) => (await host.call('listExperiments', {}, signal)).experiments);
  const tags = computed(() => (model.value === undefined ? {} : tagsOfModel(model.value, experiments.value.value ?? [])));
  const primary = computed(() => (model.value === undefined ? undefined : primaryMetricOfModel(model.value, tags.value)));
  const champion = computed(() => model.value?.versions.find((one) => one.version === model.value?.aliases[championAlias]));
  const reference = computed(() => referenceOf(model.value, version.value, moves.value));
  const referenceRun = computed(() => reference.value?.version.lineage.runId);
  const theirs = createResource<ScoredRows | null>((_show, signal) => readEvaluation(host, referenceRun.peek(), signal));
  effect(() => {
    void referenceRun.value;
    theirs.reset();
  });
  experiments.reset();
  host.onEvent((event) => {
    if (event.topic === 'experiments') {
      experiments.refresh();
    }
  });
  return {
    tags,
    primary,
    reference,
    champion,
    verdict: computed(() => (version.value === undefined || reference.value === undefined ? undefined : verdictOn(version.value, reference.value.version, primary.value))),
    paired: computed(() => {
      const [ours, other] = [evaluation.value.value, theirs.value.value];
      return ours === undefined || ours === null || other === undefined || other === null ? undefined : pairedAuc(ours, other);
    }),
    refresh: experiments.refresh,
  };
}

function referenceOf(model: RegisteredModel | undefined, version: ModelVersion | undefined, moves: readonly AliasMove[]): ReferenceVersion | undefined {
  if (model === undefined || version === undefined) {
    return undefined;
  }
  const numbered = (number: number | undefined): ModelVersion | undefined => model.versions.find((one) => one.version === number);
  const champion = numbered(model.aliases[championAlias]);
  if (champion !== undefined && champion.version !== version.version) {
    return { version: champion, label: `@${championAlias} (v${champion.version})` };
  }
  if (champion !== undefined) {
    const earlier = moves.filter((move) => move.alias === championAlias && move.version !== undefined && move.version !== champion.version).sort((a, b) => b.from - a.from)[0];
    const before = numbered(earlier?.version);
    return before === undefined ? undefined : { version: before, label: `v${before.version}, @${championAlias} before` };
  }
  const older = model.versions.filter((one) => one.version < version.version).sort((a, b) => b.version - a.version)[0];
  return older === undefined ? undefined : { version: older, label: `v${older.version}, the version before` };
}
