import type { PolicySource } from '../policy.ts';

/** A value of a policy as it could stand in its file. */
export function describeValue(value: unknown): string {
  return Array.isArray(value) ? `[${value.map(describeValue).join(', ')}]` : typeof value === 'string' ? value : JSON.stringify(value);
}

/** Where a value of a policy comes from. */
export function describeSource(source: PolicySource): string {
  switch (source.kind) {
    case 'file':
      return `${source.file}:${source.line}`;
    case 'requirement':
      return `${source.key}, ${source.file}:${source.line}`;
    case 'tier':
      return `tier ${source.tier}`;
    case 'unknown':
      return source.name;
  }
}
