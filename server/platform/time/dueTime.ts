import { nextTime, type Schedule } from './schedule.ts';

/**
 * When something that a schedule begins is next to begin: the first of its times since it was begun last, or since it was set up. A time that passed while
 * nobody was there lies in the past, and is made up for once.
 * @param lastAt when it was begun last
 * @returns epoch milliseconds; undefined without a schedule
 */
export function dueTime({ schedule, timeZone }: { readonly schedule?: string | undefined } & Pick<Schedule, 'timeZone'>, since: number, lastAt: number | undefined): number | undefined {
  return schedule === undefined ? undefined : nextTime({ schedule, timeZone }, Math.max(since, lastAt ?? 0));
}
