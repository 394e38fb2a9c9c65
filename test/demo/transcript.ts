import colors from 'picocolors';

/** What the demo tells people. With `--json` it goes to standard error, so that standard output ends with the one object. */
export interface Transcript {
  title(text: string): void;
  step(text: string): void;
  /** A command that the reader could have typed. */
  command(text: string): void;
  lines(text: string): void;
  held(text: string): void;
}

export function createTranscript(json: boolean): Transcript {
  const stream = json ? process.stderr : process.stdout;
  let steps = 0;
  const write = (text: string): void => {
    stream.write(`${text}\n`);
  };
  return {
    title: (text) => write(`\n${colors.bold(text)}`),
    step: (text) => {
      steps += 1;
      write(`\n${colors.cyan(`${steps}.`)} ${colors.bold(text)}`);
    },
    command: (text) => write(`   ${colors.dim('$')} ${colors.dim(text)}`),
    lines: (text) => write(text.split('\n').map((line) => `   ${line}`).join('\n')),
    held: (text) => write(`   ${colors.green('✓')} ${text}`),
  };
}

/** Throws with `message` unless the condition holds: the demo succeeds only if all of it held. */
export function hold(condition: boolean, message: string): asserts condition {
  if (!condition) {
    throw new Error(message);
  }
}
