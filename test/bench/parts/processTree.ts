import { readFileSync, readdirSync } from 'node:fs';

/** A process and all below it (Linux). */
export function treeOf(root: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      // The command, in parentheses, may hold spaces; the parent is the second field behind it.
      const parent = readFileSync(`/proc/${name}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ')[1];
      parents.set(Number(name), Number(parent));
    } catch {
      // It has ended meanwhile.
    }
  }
  const tree = [root];
  for (const member of tree) {
    tree.push(...[...parents].filter(([, parent]) => parent === member).map(([pid]) => pid));
  }
  return tree;
}
