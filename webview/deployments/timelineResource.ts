import { effect, type ReadonlySignal } from '@preact/signals';
import type { CallOutput } from '../../server/contract/api.ts';
import type { PanelParts } from '../ui/mount.tsx';
import { now } from '../ui/now.ts';
import { createResource, type Resource } from '../ui/resource.ts';

export type Timeline = CallOutput<'getTimeline'>;

/** When the releases of the endpoint that is shown were live; its last minutes move on without an event. */
export function createTimeline(host: PanelParts<'releases'>['host'], shownName: ReadonlySignal<string | undefined>): Resource<Timeline | undefined> {
  const timeline = createResource<Timeline | undefined>(async (_show, signal) => {
    const name = shownName.peek();
    return name === undefined ? undefined : await host.call('getTimeline', { name }, signal);
  });
  effect(() => {
    void now.value;
    if (timeline.value.peek()?.recent !== undefined) {
      timeline.refresh();
    }
  });
  return timeline;
}
