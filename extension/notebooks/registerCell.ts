import { assignedNames } from './pythonNames.ts';

/** What the cell registers: a variable of the kernel under a name, with a few rows of a table as the example. */
export interface RegisterCell {
  readonly variable: string;
  readonly name: string;
  readonly example?: string | undefined;
  /** Source of a cell that connects the kernel to the companion. */
  readonly connect: string;
}

/**
 * Where the cell that registers a variable goes: behind the last cell that assigns it, so that the notebook runs from top to bottom.
 * @param sources of the cells; undefined for one that is no code
 * @returns its index; undefined where no cell is seen to assign it
 */
export function indexAfterAssignment(sources: readonly (string | undefined)[], variable: string): number | undefined {
  const [name = variable] = variable.split('.');
  const last = sources.findLastIndex((source) => source !== undefined && assignedNames(source).includes(name));
  return last < 0 ? undefined : last + 1;
}

/** Source of a small cell that registers a variable as the next version of a model. */
export function registerCellSource({ variable, name, example, connect }: RegisterCell): string {
  const given = example === undefined ? '' : `, example=${example}`;
  return [
    connect.replace(/^# .*\n/, () => `# Slipway: register ${variable} as ${JSON.stringify(name)}\n`),
    '',
    '# With data=(X_train, y_train) what it was trained on becomes the baseline of Monitoring.',
    `slipway.register(${variable}, ${JSON.stringify(name)}${given})`,
  ].join('\n');
}
