import { formatNumber } from './numbers.ts';

const units = ['B', 'kB', 'MB', 'GB', 'TB'];

/** A size in decimal units (1 kB is 1,000 bytes, as disks and file managers count): `512 B`, `1.5 kB`, `10 MB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  // What would be rounded to 1,000 is 1 of the next unit.
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${formatNumber(value, value < 10 ? 2 : 3)} ${units[unit] ?? ''}`;
}
