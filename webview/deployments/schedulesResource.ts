import type { ReadonlySignal } from '@preact/signals';
import type { BatchSchedule } from '../../server/contract/batches.ts';
import type { PanelParts } from '../ui/mount.tsx';
import { createResource, type Resource } from '../ui/resource.ts';

/** Files that the endpoint that is shown scores again and again. */
export interface Schedules extends Resource<readonly BatchSchedule[]> {
  readonly change: (id: string, how: 'pause' | 'resume' | 'remove') => Promise<void>;
}

export function createSchedules(host: PanelParts<'releases'>['host'], shownName: ReadonlySignal<string | undefined>): Schedules {
  const schedules = createResource<readonly BatchSchedule[]>(async (_show, signal) => {
    const name = shownName.peek();
    return name === undefined ? [] : (await host.call('listBatchSchedules', { endpoint: name }, signal)).schedules;
  });
  host.onEvent(({ topic }) => {
    if (topic === 'batch-schedules') {
      schedules.refresh();
    }
  });
  return {
    ...schedules,
    async change(id, how) {
      await host.call(how === 'pause' ? 'pauseBatchSchedule' : how === 'resume' ? 'resumeBatchSchedule' : 'removeBatchSchedule', { id });
      schedules.refresh();
    },
  };
}
