import { plural } from './format/plural.ts';
import type { Signature } from './registry.ts';

/** What callers of one model have to change for another one. */
export type InputsChange =
  | { readonly kind: 'same'; readonly inputs: number }
  | {
      readonly kind: 'changed';
      /** Names of inputs that only the earlier model has, that only the later one has, that are of another type or shape, and that may no longer be left out. */
      readonly gone: readonly string[];
      readonly added: readonly string[];
      readonly changed: readonly string[];
      readonly required: readonly string[];
    }
  /** One of the two has no signature. */
  | { readonly kind: 'unknown' };

export function inputsChange(before: Signature | undefined, after: Signature | undefined): InputsChange {
  if (before === undefined || after === undefined) {
    return { kind: 'unknown' };
  }
  const [earlier, later] = [named(before.inputs), named(after.inputs)];
  const gone = [...earlier.keys()].filter((name) => !later.has(name));
  const added = [...later.keys()].filter((name) => !earlier.has(name));
  const both = [...later].flatMap(([name, input]) => {
    const was = earlier.get(name);
    return was === undefined ? [] : [{ name, input, was }];
  });
  const changed = both.filter(({ input, was }) => input.type !== was.type || String(input.shape) !== String(was.shape)).map(({ name }) => name);
  const required = both.filter(({ name, input, was }) => input.required && !was.required && !changed.includes(name)).map(({ name }) => name);
  return gone.length + added.length + changed.length + required.length === 0 ? { kind: 'same', inputs: later.size } : { kind: 'changed', gone, added, changed, required };
}

/** Such as `Same 10 inputs`, or `2 inputs are gone: age, income; 1 is new: plan`. */
export function inputsChangeText(change: InputsChange): string {
  switch (change.kind) {
    case 'same':
      return `Same ${plural(change.inputs, 'input')}`;
    case 'unknown':
      return 'Inputs not compared: one of the two has no signature';
    case 'changed': {
      const parts = [
        { names: change.gone, one: 'is gone', many: 'are gone' },
        { names: change.added, one: 'is new', many: 'are new' },
        { names: change.changed, one: 'is of another type', many: 'are of another type' },
        { names: change.required, one: 'is required now', many: 'are required now' },
      ].filter(({ names }) => names.length > 0);
      return parts.map(({ names, one, many }, index) => `${index === 0 ? plural(names.length, 'input') : names.length} ${names.length === 1 ? one : many}: ${listed(names)}`).join('; ');
    }
  }
}

const namesShown = 4;

function listed(names: readonly string[]): string {
  return names.length <= namesShown ? names.join(', ') : `${names.slice(0, namesShown).join(', ')} and ${names.length - namesShown} more`;
}

function named(inputs: Signature['inputs']): Map<string, Signature['inputs'][number]> {
  return new Map(inputs.map((input, index) => [input.name ?? `#${index}`, input]));
}
