import type { SpawnOptions } from 'node:child_process';

export const root: string;
export const cache: string;
export class SetupError extends Error {}
export function say(line: string): void;
export function step<T>(title: string, work: () => T | Promise<T>): Promise<T>;
export function run(command: string, args: readonly string[], options?: SpawnOptions): Promise<string>;
export function digest(files: readonly string[], ...texts: string[]): string;
export function isFresh(stamp: string, wanted: string): boolean;
export function writeStamp(stamp: string, value: string): void;
