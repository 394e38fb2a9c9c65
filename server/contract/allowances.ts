import { z } from 'zod';
import { orUnknownKind } from './unknown.ts';

/** What a deploy was refused for, and a person may allow. */
const allowance = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('import'),
    /** `module.name`. */
    name: z.string(),
    /** The pickle that imports it. */
    file: z.string(),
    /** What completes "is refused, ", such as "which can act on the machine". */
    why: z.string(),
  }),
  /** A package that is built from its source. */
  z.object({ kind: z.literal('build'), name: z.string() }),
]);
export type Allowance = z.infer<typeof allowance>;

/** An allowance as an answer has it. */
export const answeredAllowance = orUnknownKind(allowance);
export type AnsweredAllowance = z.infer<typeof answeredAllowance>;

/** More than anybody would read before saying yes are offered to nobody. */
export const mostAllowable = 20;

/** Whether there is something to allow, all of which this build can explain. */
export function isOffered(allowances: readonly AnsweredAllowance[]): boolean {
  return allowances.length > 0 && allowances.every(({ kind }) => kind !== 'unknown');
}

/** What is allowed, as a line of a list. */
export function describeAllowance(allowance: AnsweredAllowance): string {
  switch (allowance.kind) {
    case 'import':
      return `${allowance.file} imports ${allowance.name}, ${allowance.why}`;
    case 'build':
      return `${allowance.name} is built from its source`;
    case 'unknown':
      return allowance.name;
  }
}

/** What it means to allow something, as sentences. */
export function meaningOf(allowances: readonly AnsweredAllowance[]): string[] {
  return [
    ...(allowances.some(({ kind }) => kind === 'import') ? ['Code that whoever made the model chose runs whenever the model is loaded, in every replica.'] : []),
    ...(allowances.some(({ kind }) => kind === 'build') ? ['The build runs code of the package on this machine, as you.'] : []),
  ];
}

/** The options of `slipway deploy` that say the same. */
export function optionsOf(allowances: readonly AnsweredAllowance[]): string[] {
  const named = (kind: string): string[] => allowances.filter((each) => each.kind === kind).map(({ name }) => name);
  const imports = [...new Set(named('import'))];
  const builds = named('build');
  return [...(imports.length === 0 ? [] : ['--allow-pickle', ...imports]), ...(builds.length === 0 ? [] : ['--allow-build', ...builds])];
}
