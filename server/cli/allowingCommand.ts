import { describeAllowance, isOffered, meaningOf, optionsOf, type AnsweredAllowance } from '../contract/allowances.ts';

/** A word as a shell takes it. */
function quoted(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) {
    return word;
  }
  return process.platform === 'win32' ? `"${word.replaceAll('"', '\\"')}"` : `'${word.replaceAll("'", "'\\''")}'`;
}

/**
 * What a deploy was refused for, what it means to allow that, and the command that does; empty where nothing can be allowed.
 * @param words the command that was refused, without `slipway`
 */
export function describeAllowances(words: readonly string[], allowable: readonly AnsweredAllowance[]): string[] {
  if (!isOffered(allowable)) {
    return [];
  }
  return [
    `Refused until someone allows it: ${allowable.map(describeAllowance).join('; ')}. ${meaningOf(allowable).join(' ')}`,
    'If you trust who made it:',
    `  slipway ${[...words.map(quoted), ...optionsOf(allowable)].join(' ')}`,
  ];
}
