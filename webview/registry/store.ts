import { computed, effect, type ReadonlySignal, type Signal } from '@preact/signals';
import { isRecord } from '../../server/contract/values.ts';
import type { CallOutput } from '../../server/contract/api.ts';
import type { EndpointSummary, LiveSpan } from '../../server/contract/deployments.ts';
import type { LoadCheck } from '../../server/contract/loadChecks.ts';
import type { AliasMove, ModelVersion, RegisteredModel } from '../../server/contract/registry.ts';
import type { PanelParts } from '../ui/mount.tsx';
import { createResource, type Resource } from '../ui/resource.ts';
import { isNumber, isText } from '../ui/storage.ts';
import { createDecisionStore, type DecisionStore } from './decisionStore.ts';
import { servedBy, type Served } from './served.ts';
import { createGovernanceStore, type GovernanceStore } from './governanceStore.ts';
import { createVerdictStore, type VerdictStore } from './verdictStore.ts';

/** Everything that the Registry panel shows and remembers. */
export interface RegistryStore {
  readonly models: Resource<readonly RegisteredModel[]>;
  readonly endpoints: Resource<readonly EndpointSummary[]>;
  /** The moves of all aliases of the shown model, the latest first. */
  readonly moves: Resource<CallOutput<'listAliasMoves'>>;
  /** When the versions of the shown model were live, the latest first. */
  readonly spans: Resource<readonly LiveSpan[]>;
  /** Whether the versions of the shown model load elsewhere, as far as that was checked. */
  readonly loadChecks: Resource<readonly LoadCheck[]>;
  /** The model that is shown. */
  readonly model: ReadonlySignal<RegisteredModel | undefined>;
  readonly version: ReadonlySignal<ModelVersion | undefined>;
  /** Where each version of the shown model runs. */
  readonly served: ReadonlySignal<ReadonlyMap<number, readonly Served[]>>;
  /** The aliases that the shown model has or had. */
  readonly aliases: ReadonlySignal<readonly string[]>;
  /** The one whose history is shown. */
  readonly alias: ReadonlySignal<string | undefined>;
  readonly stretches: ReadonlySignal<readonly AliasMove[]>;
  /** What the threshold of the shown version is chosen by. */
  readonly decision: DecisionStore;
  /** How the shown version stands to the one in production. */
  readonly verdict: VerdictStore;
  readonly governance: GovernanceStore;
  /** Chosen version by model. */
  readonly chosen: Signal<Readonly<Record<string, number>>>;
  readonly showModel: (name: string) => void;
  readonly showVersion: (version: number) => void;
  readonly showAlias: (alias: string) => void;
  readonly describe: (version: ModelVersion, description: string) => Promise<void>;
  readonly setAlias: (version: ModelVersion, alias: string) => Promise<void>;
  readonly deleteAlias: (name: string, alias: string) => Promise<void>;
  readonly checkLoad: (version: ModelVersion) => Promise<void>;
  readonly refresh: () => void;
}

export function createRegistryStore({ host, subject, persistence }: PanelParts<'registry'>): RegistryStore {
  const chosen = persistence.keep<Readonly<Record<string, number>>>('version', {}, (value): value is Readonly<Record<string, number>> => isRecord(value) && Object.values(value).every((item) => isNumber(item)));
  const models = createResource(async () => (await host.call('listModels', {})).models);
  const endpoints = createResource(async () => (await host.call('listEndpoints', {})).endpoints);
  const model = computed(() => models.value.value?.find(({ name }) => name === subject.value.model) ?? models.value.value?.[0]);
  const version = computed(() => {
    const shown = model.value;
    return shown?.versions.find((item) => item.version === chosen.value[shown.name]) ?? shown?.versions[0];
  });
  const shownAlias = persistence.keep('alias', 'champion', isText);
  const shownName = computed(() => model.value?.name);
  const moves = createResource<CallOutput<'listAliasMoves'>>(async (_show, signal) => {
    const name = shownName.peek();
    return name === undefined ? { moves: [], recorded: true } : host.call('listAliasMoves', { name }, signal);
  });
  const spans = createResource<readonly LiveSpan[]>(async (_show, signal) => {
    const name = shownName.peek();
    return name === undefined ? [] : (await host.call('listLiveSpans', { model: name }, signal)).spans;
  });
  const loadChecks = createResource<readonly LoadCheck[]>(async (_show, signal) => {
    const name = shownName.peek();
    return name === undefined ? [] : (await host.call('listLoadChecks', { name }, signal)).checks;
  });
  const aliases = computed(() => [...new Set(moves.value.value?.moves.map(({ alias }) => alias) ?? [])].sort((a, b) => Number(b === 'champion') - Number(a === 'champion') || a.localeCompare(b)));
  const alias = computed(() => aliases.value.find((name) => name === shownAlias.value) ?? aliases.value[0]);
  const stretches = computed(() => moves.value.value?.moves.filter((move) => move.alias === alias.value) ?? []);
  const served = computed(() => servedBy(endpoints.value.value ?? [], model.value?.name, model.value?.versions[0]?.server));
  const decision = createDecisionStore(host, version, served);
  const verdict = createVerdictStore({ host, model, version, moves: computed(() => moves.value.value?.moves ?? []), evaluation: decision.evaluation });
  const governance = createGovernanceStore(host, version);
  const refresh = (): void => {
    models.refresh();
    endpoints.refresh();
    moves.refresh();
    spans.refresh();
    loadChecks.refresh();
    verdict.refresh();
  };
  models.reset();
  endpoints.reset();
  effect(() => {
    if (shownName.value !== undefined) {
      moves.reset();
      spans.reset();
      loadChecks.reset();
    }
  });
  host.onReconnect(refresh);
  host.onEvent((event) => {
    if (event.topic === 'model' || event.topic === 'companion') {
      models.refresh();
      moves.refresh();
      loadChecks.refresh();
    } else if (event.topic === 'endpoint' || event.topic === 'rollout') {
      endpoints.refresh();
      spans.refresh();
    }
  });
  return {
    models,
    endpoints,
    moves,
    spans,
    loadChecks,
    aliases,
    alias,
    stretches,
    model,
    version,
    served,
    decision,
    verdict,
    governance,
    chosen,
    showModel(name) {
      host.show({ panel: 'registry', model: name });
    },
    showVersion(number) {
      const shown = model.value;
      if (shown !== undefined) {
        chosen.value = { ...chosen.value, [shown.name]: number };
      }
    },
    showAlias(name) {
      shownAlias.value = name;
    },
    async describe({ name, version: number }, description) {
      await host.call('describeVersion', { name, version: number, description });
      models.refresh();
    },
    async setAlias({ name, version: number }, alias) {
      await host.call('setAlias', { name, alias, version: number });
      models.refresh();
    },
    async deleteAlias(name, alias) {
      await host.call('deleteAlias', { name, alias });
      models.refresh();
    },
    async checkLoad({ name, version: number }) {
      await host.call('checkLoad', { name, version: number });
      loadChecks.refresh();
    },
    refresh,
  };
}
