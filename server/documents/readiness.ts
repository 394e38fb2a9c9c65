import { plural } from '../contract/format/plural.ts';
import type { EndpointSummary } from '../contract/deployments.ts';
import type { ModelCard } from '../contract/modelCard.ts';
import type { ModelReadiness, ReadinessItem } from '../contract/readiness.ts';

/** What is known of a model beside the card of its version. */
export interface ReadinessFacts {
  readonly card: ModelCard;
  /** Endpoints on which the card's version is live. */
  readonly endpoints: readonly EndpointSummary[];
  /** Whether drift is judged on each endpoint: false where it has no baseline, or too few rows. */
  readonly driftJudged: boolean;
  readonly hasLabels: boolean;
  /** Alert channels of this data home. */
  readonly channels: number;
  /** Owners by the policy. */
  readonly owners: readonly string[];
}

interface Item extends Omit<ReadinessItem, 'state'> {
  readonly has: boolean;
  /** What it waits for. */
  readonly needs?: boolean;
}

function toItem({ has, needs = true, command, ...item }: Item): ReadinessItem {
  const state = has ? 'has' : needs ? 'lacks' : 'not-yet';
  return { ...item, state, ...(state === 'lacks' && command !== undefined ? { command } : {}) };
}

/** Facts alone: nothing is taken for granted because it is usual. */
export function readinessOf({ card, endpoints, driftJudged, hasLabels, channels, owners }: ReadinessFacts): ModelReadiness {
  const { version, statements, watched } = card;
  const { lineage } = version;
  const reference = `${version.name}:${version.version}`;
  const names = endpoints.map(({ name }) => name);
  const [endpoint = version.name] = names;
  const live = names.length > 0;
  const requests = watched.reduce((sum, each) => sum + each.requests, 0);
  const back = endpoints.filter(({ warm }) => warm.length > 0);
  const releases = Math.max(0, ...endpoints.map(({ releaseCount }) => releaseCount));
  const say = (name: string): string => `slipway card ${reference} --say ${name}=TEXT`;
  const items: Item[] = [
    { id: 'versioning', label: 'Version', has: true, detail: `version ${version.version}${version.digest === undefined ? '' : `, digest ${version.digest.slice(0, 12)}`}` },
    { id: 'tracking', label: 'Run', has: lineage.runId !== undefined, detail: lineage.runId === undefined ? 'it was made of no run' : `run ${lineage.runId}`, command: 'slipway run NOTEBOOK' },
    { id: 'data', label: 'Training data', has: lineage.data.length > 0, detail: lineage.data.length === 0 ? 'no data file is known' : plural(lineage.data.length, 'file with its digest', 'files with their digests'), command: 'slipway run NOTEBOOK' },
    { id: 'deployment', label: 'Deployment', has: live, detail: live ? `live on ${names.join(', ')}` : 'live on no endpoint', command: `slipway deploy ${reference}` },
    {
      id: 'rollback',
      label: 'Rollback',
      has: back.length > 0,
      needs: live && releases > 1,
      detail: back.length > 0 ? `an earlier release is warm on ${back.map(({ name }) => name).join(', ')}` : releases > 1 ? 'no earlier release is warm: going back takes a start' : 'there is no earlier release yet',
      command: `slipway rollback ${endpoint} --preview`,
    },
    { id: 'monitoring', label: 'Monitoring', has: requests > 0, needs: live, detail: requests > 0 ? `${plural(requests, 'request')} in 30 days` : 'no request in 30 days', command: `slipway predict ${endpoint} -d @request.json` },
    { id: 'drift', label: 'Drift', has: driftJudged, needs: live && requests > 0, detail: driftJudged ? 'judged beside the training data' : 'not judged: no baseline, or too few rows', command: `slipway monitor ${endpoint}` },
    { id: 'performance', label: 'Labels', has: hasLabels, needs: live && requests > 0, detail: hasLabels ? 'labels come' : 'no label has come: how good the answers are is not known', command: `slipway labels ${endpoint} FILE` },
    { id: 'alerts', label: 'Alert channel', has: channels > 0, needs: live, detail: channels > 0 ? plural(channels, 'channel') : 'incidents are told in VS Code alone', command: 'slipway channels desk --add desktop --test' },
    { id: 'owner', label: 'Owner', has: owners.length > 0 || statements.owner !== undefined, detail: owners.length > 0 ? owners.join(', ') : (statements.owner ?? 'nobody has said who answers for it'), command: say('owner') },
    { id: 'runbook', label: 'Runbook', has: statements.runbook !== undefined, detail: statements.runbook ?? 'nobody has said what to do when it is not well', command: say('runbook') },
    { id: 'limits', label: 'Limits', has: statements.limits !== undefined, detail: statements.limits ?? 'nobody has said where it is known to be wrong', command: say('limits') },
  ];
  return { model: version.name, version: version.version, liveOn: names, items: items.map(toItem) };
}
