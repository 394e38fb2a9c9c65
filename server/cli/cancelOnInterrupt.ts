import type { Output } from './output.ts';

interface Followed<T> {
  /** Resolves once what is followed has ended. */
  readonly follow: () => Promise<T>;
  /** Asks the companion to cancel it; a failure is told. */
  readonly cancel: () => Promise<unknown>;
  /** What is said then. */
  readonly said: string;
}

/** Follows something until it ends; Ctrl-C cancels it once, and what comes of that is still followed. */
export async function cancelOnInterrupt<T>(output: Output, { follow, cancel, said }: Followed<T>): Promise<T> {
  const interrupted = (): void => {
    output.progress(said);
    cancel().catch((error: unknown) => output.progress(error instanceof Error ? error.message : String(error)));
  };
  process.once('SIGINT', interrupted);
  try {
    return await follow();
  } finally {
    process.off('SIGINT', interrupted);
  }
}
