/** Runs work in its turn and answers as the work does. */
export type Turn = <T>(work: () => T | Promise<T>) => Promise<T>;

/** Lets one piece of work run at a time, in the order in which it was asked for. One that fails does not hold up those behind it. */
export function createTurn(): Turn {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const result = last.then(work);
    last = result.catch(() => undefined);
    return result;
  };
}
