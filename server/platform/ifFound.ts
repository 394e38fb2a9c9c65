import { Problem } from './errors.ts';

/** What is read; undefined where it is not there (any more). @throws what is thrown but a Problem `not-found` */
export function ifFound<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (Problem.is(error, 'not-found')) {
      return undefined;
    }
    throw error;
  }
}
