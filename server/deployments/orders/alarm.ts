import { formatTime } from '../../contract/format/times.ts';
import { Problem } from '../../platform/errors.ts';
import { hasSwitched } from '../rollouts/progression.ts';
import type { RolloutParts } from '../rollouts/steps/step.ts';
import { requireNoRollout } from './order.ts';

/** An alert that asks for a rollback, where no person does. */
export interface Alarm {
  readonly incident: number;
  readonly alert: number;
  /** Since when what it says has held, in epoch milliseconds. */
  readonly since: number;
}

/**
 * Nobody looks at what an alarm does: it takes back what is live alone, and only where that was live when it began.
 * @throws Problem `conflict` while a rollout brings another release, and where what is live took over after the alarm began
 */
export function requireOwnAlarm({ endpoints, rollouts }: Pick<RolloutParts, 'endpoints' | 'rollouts'>, name: string, alarm: Alarm | undefined): void {
  if (alarm === undefined) {
    return;
  }
  const active = rollouts.active(name);
  if (active !== undefined && !hasSwitched(active)) {
    requireNoRollout({ rollouts }, name);
  }
  const [live] = endpoints.spans(name);
  if (live !== undefined && alarm.since < live.from) {
    throw new Problem('conflict', `The alarm began ${formatTime(alarm.since)}, before version ${live.version} went live at ${formatTime(live.from)}.`);
  }
}
