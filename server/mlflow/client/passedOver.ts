import { z } from 'zod';
import { Problem, systemErrorCode } from '../../platform/errors.ts';
import { MlflowRefusal } from './mlflowRefusal.ts';

/** Why a part of a store is passed over while the rest goes on. */
export class PassedOver extends Error {
  override readonly name = 'PassedOver';
}

/** Told of each part of a store that is passed over: what it is, which one, and why. */
export type PassOver = (kind: string, id: string, why: string) => void;

/** For a reader whose answers must be whole. @throws Problem `invalid-input` */
export const passNothingOver: PassOver = (kind, id, why) => {
  throw new Problem('invalid-input', `${kind} ${id}: ${why}`, { field: 'location' });
};

/** Refusals that another attempt, another login or another time would not meet. */
const ofTheRequest = new Set([400, 404, 409, 413, 422]);

/** What does not fit, in one line. */
export function notUnderstood(error: z.ZodError): string {
  return `it cannot be understood: ${z.prettifyError(error).replace(/\s+/g, ' ')}`;
}

/** What is wrong with one thing of a store; undefined for a failure of the disk, the network or the whole. */
export function whyOfOne(error: unknown): string | undefined {
  if (error instanceof PassedOver || Problem.is(error, 'invalid-input') || Problem.is(error, 'too-large')) {
    return error.message;
  }
  if (error instanceof z.ZodError) {
    return notUnderstood(error);
  }
  if (error instanceof MlflowRefusal) {
    return ofTheRequest.has(error.status) && !error.isForeign ? error.message : undefined;
  }
  // Of what the tables take: https://www.sqlite.org/rescode.html
  return /^SQLITE_(CONSTRAINT|MISMATCH|TOOBIG)/.test(systemErrorCode(error) ?? '') && error instanceof Error ? `the target does not take it (${error.message})` : undefined;
}

/** Gives what comes until one thing fails by itself, which is told. */
export async function* untilPassedOver<T>(items: AsyncIterable<T>, kind: string, id: string, passOver: PassOver): AsyncGenerator<T> {
  try {
    yield* items;
  } catch (error) {
    const why = whyOfOne(error);
    if (why === undefined) {
      throw error;
    }
    passOver(kind, id, why);
  }
}
