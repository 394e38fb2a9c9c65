import { readFileSync } from 'node:fs';
import { treeOf } from './processTree.ts';

/**
 * Memory of a process and all below it, in MB (Linux). Of the largest one all resident pages count; of the others those that nobody
 * shares, so that pages which forked processes have in common are counted once.
 */
export function memoryOfTree(pid: number): number {
  const [largest, ...others] = treeOf(pid)
    .flatMap((member) => pagesOf(member) ?? [])
    .sort((a, b) => b.resident - a.resident);
  if (largest === undefined) {
    throw new Error(`Process ${pid} does not run.`);
  }
  const kilobytes = largest.resident + others.reduce((sum, { unshared }) => sum + unshared, 0);
  return (kilobytes * 1024) / 1e6;
}

/** Memory of a process and all below it that no other process has too, in MB (Linux): what one more of them takes of the machine. */
export function privateOfTree(pid: number): number {
  const kilobytes = treeOf(pid).map((member) => pagesOf(member)?.unshared ?? 0);
  return (kilobytes.reduce((sum, size) => sum + size, 0) * 1024) / 1e6;
}

/** Resident memory of a process and all below it, in MB, shared pages counted for each: it takes none of their time, as the exact figure does. */
export function residentOfTree(pid: number): number {
  const kilobytes = treeOf(pid).map((member) => Number(/^VmRSS:\s+(\d+)/m.exec(statusOf(member))?.[1] ?? 0));
  return (kilobytes.reduce((sum, size) => sum + size, 0) * 1024) / 1e6;
}

function statusOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return '';
  }
}

interface Pages {
  /** kB */
  readonly resident: number;
  readonly unshared: number;
}

function pagesOf(pid: number): Pages | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    const field = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0);
    return { resident: field('Rss'), unshared: field('Private_Clean') + field('Private_Dirty') };
  } catch {
    return undefined;
  }
}
