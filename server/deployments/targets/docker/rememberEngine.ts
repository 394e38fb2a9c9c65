import type { Engine } from '../../../releases/images/engine.ts';

const milliseconds = 5000;

/** Connects to the engine once in a while instead of for each call; a call that then fails says so itself. */
export function rememberEngine(address: () => string, connect: () => Promise<Engine>): () => Promise<Engine> {
  let remembered: { engine: Promise<Engine>; address: string; until: number } | undefined;
  return () => {
    if (remembered === undefined || remembered.until < Date.now() || remembered.address !== address()) {
      const engine = connect();
      const entry = { engine, address: address(), until: Date.now() + milliseconds };
      remembered = entry;
      engine.catch(() => {
        if (remembered === entry) {
          remembered = undefined;
        }
      });
    }
    return remembered.engine;
  };
}
