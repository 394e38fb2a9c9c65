import { Cron } from 'croner';

/** Times that come again. */
export interface Schedule {
  /** The five fields of cron: minute, hour, day of the month, month, day of the week. */
  readonly schedule: string;
  /** A name of the IANA database; that of the machine unless given. */
  readonly timeZone?: string | undefined;
}

function cron({ schedule, timeZone }: Schedule): Cron {
  return new Cron(schedule, { mode: '5-part', paused: true, ...(timeZone === undefined ? {} : { timezone: timeZone }) });
}

/** Whether a text is a schedule that ever comes. */
export function isSchedule(text: string): boolean {
  try {
    return /^\S+( +\S+){4}$/.test(text) && cron({ schedule: text }).nextRun() !== null;
  } catch {
    return false;
  }
}

export function isTimeZone(text: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/**
 * The first time of a schedule after another one, both in epoch milliseconds. An hour that a clock leaves out in spring comes when the clock has gone on, one
 * that it has twice in autumn comes once.
 * @throws Error for what {@link isSchedule} or {@link isTimeZone} refuse
 */
export function nextTime(schedule: Schedule, after: number): number | undefined {
  return cron(schedule).nextRun(new Date(after))?.getTime();
}
