import { z } from 'zod';

/** What keeps the same caller on the same release while traffic is shared: the value of a request header, or of a field of the first row. */
export const sticky = z.discriminatedUnion('by', [
  z.object({ by: z.literal('header'), name: z.string().regex(/^[\w-]{1,64}$/, 'must be the name of a header').toLowerCase() }),
  z.object({ by: z.literal('field'), name: z.string().min(1).max(200).regex(/^\P{C}+$/u, 'must hold no control characters') }),
]);
export type Sticky = z.infer<typeof sticky>;

/** In words, such as `field customer_id`. */
export function stickyText({ by, name }: Sticky): string {
  return `${by} ${name}`;
}

/** Reads `field NAME`, `header NAME`, or `NAME` of a field. @returns undefined for words that are none of these */
export function readSticky(text: string): Sticky | undefined {
  const matched = /^\s*(?:(field|header)\s+)?(\S.*?)\s*$/u.exec(text);
  return matched === null ? undefined : sticky.safeParse({ by: matched[1] ?? 'field', name: matched[2] }).data;
}
