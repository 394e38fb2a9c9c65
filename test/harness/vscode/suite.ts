import { appendFileSync, writeFileSync } from 'node:fs';

/** What a test inside the extension host tells the test outside: one JSON line each. */
export interface SuiteResult {
  readonly name: string;
  readonly milliseconds: number;
  /** Stack of the failure; absent when the test passed. */
  readonly failure?: string;
}

const timeoutMilliseconds = 300_000;

const tests: { readonly name: string; readonly body: () => void | Promise<void> }[] = [];

/** Declares a test that runs inside the extension host. Tests of a suite run one after the other. */
export function test(name: string, body: () => void | Promise<void>): void {
  tests.push({ name, body });
}

/**
 * Runs the declared tests and writes a line for each to the results file.
 * @throws Error when a test failed, which gives VS Code its exit status
 */
export async function runTests(resultsFile: string): Promise<void> {
  writeFileSync(resultsFile, '');
  let failures = 0;
  for (const { name, body } of tests) {
    const started = Date.now();
    const failure = await failureOf(body);
    failures += failure === undefined ? 0 : 1;
    const result: SuiteResult = { name, milliseconds: Date.now() - started, ...(failure === undefined ? {} : { failure }) };
    appendFileSync(resultsFile, `${JSON.stringify(result)}\n`);
  }
  if (failures > 0) {
    throw new Error(`${failures} of ${tests.length} tests failed`);
  }
}

async function failureOf(body: () => void | Promise<void>): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`the test did not end within ${timeoutMilliseconds / 1000} s`));
    }, timeoutMilliseconds);
  });
  try {
    await Promise.race([Promise.resolve().then(body), tooLong]);
    return undefined;
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  } finally {
    clearTimeout(timer);
  }
}

/** Waits until the probe gives a value. @throws Error that names what was waited for */
export async function eventually<T>(what: string, probe: () => T | undefined | Promise<T | undefined>, milliseconds = 120_000): Promise<T> {
  const deadline = Date.now() + milliseconds;
  for (;;) {
    const value = await probe();
    if (value !== undefined && value !== false) {
      return value;
    }
    if (Date.now() > deadline) {
      throw new Error(`${what}: not within ${milliseconds / 1000} s`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
