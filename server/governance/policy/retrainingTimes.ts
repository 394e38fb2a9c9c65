import type { ModelEntry } from '../../contract/policyFile.ts';
import { isSchedule, isTimeZone } from '../../platform/time/schedule.ts';
import { layersOf, mergeLayers } from './policyLayers.ts';

/** What the schema of one field cannot see of when a model is retrained, and of what comes of it. */
export function wrongRetraining(entry: ModelEntry): { readonly field: 'schedule' | 'timeZone' | 'auto'; readonly message: string } | undefined {
  const { schedule, timeZone, auto } = entry.retraining ?? {};
  if (auto === true && mergeLayers(layersOf(entry.tier ?? 'experimental', entry)).entry.rollout === undefined) {
    return { field: 'auto', message: 'auto needs a plan of rollout, which the tier experimental has not: say a tier, or rollout.' };
  }
  if (timeZone !== undefined && !isTimeZone(timeZone)) {
    return { field: 'timeZone', message: `${timeZone} is no time zone of this machine, such as Europe/Berlin.` };
  }
  if (timeZone !== undefined && schedule === undefined) {
    return { field: 'timeZone', message: 'A time zone means nothing without a schedule.' };
  }
  return schedule === undefined || isSchedule(schedule) ? undefined : { field: 'schedule', message: `${schedule} is no schedule: it has the five fields of cron, such as "0 3 * * 1" for Mondays at three.` };
}
