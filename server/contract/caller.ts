import { z } from 'zod';
import { orText } from './unknown.ts';

/** The programs that people ask the companion through. `companion`: nobody asked, it acted by itself; `other`: one that does not say what it is. */
export const program = z.enum(['editor', 'panel', 'command line', 'notebook', 'mlflow client', 'companion', 'other']);
export type Program = z.infer<typeof program>;

/** Who asks: the person's account, and the program that asks for them. Made at the door, and written into every entry of the audit log. */
export const caller = z.object({
  user: z
    .string()
    .min(1)
    .max(200)
    .regex(/^\P{Cc}+$/u, 'must hold no control characters'),
  program: orText(program),
});
export type Caller = z.infer<typeof caller>;

/** The header in which clients say who asks: a query string, so that names may hold any character. */
export const callerHeader = 'x-slipway-caller';

/** The value of {@link callerHeader}. */
export function writeCaller({ user, program: through }: Caller): string {
  return new URLSearchParams({ user, program: through }).toString();
}

/** Who a value of {@link callerHeader} names; undefined when it does not fit. */
export function readCaller(value: string): Caller | undefined {
  const parameters = new URLSearchParams(value);
  return caller.safeParse({ user: parameters.get('user') ?? '', program: parameters.get('program') ?? 'other' }).data;
}
