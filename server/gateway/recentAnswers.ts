import { z } from 'zod';

const slotMilliseconds = 10_000;
const slots = 30;

/** The answers of the last five minutes, and how many of them were of a model that raised. */
export const recentAnswers = z.object({ answers: z.number(), modelErrors: z.number() });
export type RecentAnswers = z.infer<typeof recentAnswers>;

/** Counts the answers of the last five minutes in slots of ten seconds. */
export function countRecent(): { add(modelError: boolean, now: number): void; report(now: number): RecentAnswers } {
  const counts = new Map<number, RecentAnswers>();
  const slotOf = (now: number): number => Math.floor(now / slotMilliseconds);
  return {
    add(modelError, now) {
      const slot = slotOf(now);
      const count = counts.get(slot);
      if (count === undefined) {
        for (const old of [...counts.keys()].filter((each) => each <= slot - slots)) {
          counts.delete(old);
        }
        counts.set(slot, { answers: 1, modelErrors: Number(modelError) });
      } else {
        count.answers += 1;
        count.modelErrors += Number(modelError);
      }
    },
    report(now) {
      const current = [...counts].flatMap(([slot, count]) => (slot > slotOf(now) - slots ? [count] : []));
      return { answers: current.reduce((sum, { answers }) => sum + answers, 0), modelErrors: current.reduce((sum, { modelErrors }) => sum + modelErrors, 0) };
    },
  };
}
