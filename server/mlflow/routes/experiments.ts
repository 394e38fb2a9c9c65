import type { EventHub } from '../../platform/http/events.ts';
import { Problem } from '../../platform/errors.ts';
import type { Readers } from '../../platform/threads/readers.ts';
import type { LocalTracking } from '../../tracking/local/localTracking.ts';
import { readOffset } from '../../tracking/local/search/pageToken.ts';
import { choice, integerOr, keyValues, requiredText, text, textOrEmpty, texts, toMap } from '../message.ts';
import type { MlflowRead } from '../reads.ts';
import { done, route, type Answer, type MlflowRoute } from '../route.ts';
import { experimentWire } from '../wire.ts';

export const viewType = choice({ 1: 'ACTIVE_ONLY', 2: 'DELETED_ONLY', 3: 'ALL' } as const);

const mostResults = 50_000;

export function experimentRoutes(tracking: LocalTracking, events: EventHub, readers: Readers<MlflowRead>): MlflowRoute[] {
  const { experiments } = tracking.stores;
  const changed = (experimentId: string): object => {
    events.publish({ topic: 'experiments', experimentId });
    return done;
  };
  const search = {
    fields: { max_results: integerOr(0), page_token: text, filter: text, order_by: texts, view_type: viewType },
    handle: (query: {
      readonly max_results: number;
      readonly page_token: string | undefined;
      readonly filter: string | undefined;
      readonly order_by: readonly string[];
      readonly view_type: 'ACTIVE_ONLY' | 'DELETED_ONLY' | 'ALL' | undefined;
    }): Answer => {
      const { max_results: limit } = query;
      if (limit < 1) {
        throw new Problem('invalid-input', `Invalid value ${limit} for parameter 'max_results' supplied. It must be a positive integer`, { field: 'max_results' });
      }
      if (limit > mostResults) {
        throw new Problem('invalid-input', `Invalid value ${limit} for parameter 'max_results' supplied. It must be at most ${mostResults}`, { field: 'max_results' });
      }
      const { filter, view_type: view = 'ACTIVE_ONLY', order_by: orderBy } = query;
      return readers.read({ surface: 'mlflow', read: 'experiments', query: { filter, view, orderBy, offset: readOffset(query.page_token), limit } });
    },
  };
  return [
    route('POST', '/experiments/create', { name: requiredText, artifact_location: text, tags: keyValues }, ({ name, artifact_location: location, tags }) => {
      const experimentId = experiments.create(name, location, Object.fromEntries(toMap(tags)));
      changed(experimentId);
      return { experiment_id: experimentId };
    }),
    route('GET', '/experiments/get', { experiment_id: requiredText }, ({ experiment_id: id }) => ({ experiment: experimentWire(experiments.get(id)) })),
    route('GET', '/experiments/get-by-name', { experiment_name: requiredText }, ({ experiment_name: name }) => {
      const found = experiments.findByName(name);
      if (found === undefined) {
        throw new Problem('not-found', `Could not find experiment with name '${name}'`, { field: 'experiment_name' });
      }
      return { experiment: experimentWire(found) };
    }),
    route('POST', '/experiments/search', search.fields, search.handle),
    route('GET', '/experiments/search', search.fields, search.handle),
    route('POST', '/experiments/update', { experiment_id: requiredText, new_name: requiredText }, ({ experiment_id: id, new_name: name }) => {
      experiments.rename(id, name);
      return changed(id);
    }),
    route('POST', '/experiments/delete', { experiment_id: requiredText }, ({ experiment_id: id }) => {
      experiments.delete(id);
      return changed(id);
    }),
    route('POST', '/experiments/restore', { experiment_id: requiredText }, ({ experiment_id: id }) => {
      experiments.restore(id);
      return changed(id);
    }),
    route('POST', '/experiments/set-experiment-tag', { experiment_id: requiredText, key: requiredText, value: textOrEmpty }, ({ experiment_id: id, key, value }) => {
      experiments.setTag(id, key, value);
      return changed(id);
    }),
    route('POST', '/experiments/delete-experiment-tag', { experiment_id: requiredText, key: requiredText }, ({ experiment_id: id, key }) => {
      experiments.deleteTag(id, key);
      return changed(id);
    }),
  ];
}
