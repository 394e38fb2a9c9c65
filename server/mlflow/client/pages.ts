import { z } from 'zod';
import { Problem } from '../../platform/errors.ts';
import { experimentWire, metricWire, registeredModelWire, runWire, versionWire } from './answers.ts';
import { notUnderstood, type PassOver } from './passedOver.ts';

const token = z.string().optional();
export const experimentPage = z.object({ experiments: z.array(experimentWire).default([]), next_page_token: token });
export const runPage = z.object({ runs: z.array(runWire).default([]), next_page_token: token });
export const metricPage = z.object({ metrics: z.array(metricWire).default([]), next_page_token: token });
export const registeredPage = z.object({ registered_models: z.array(registeredModelWire).default([]), next_page_token: token });
export const versionPage = z.object({ model_versions: z.array(z.object({ name: z.string() }).and(versionWire)).default([]), next_page_token: token });
export const filePage = z.object({
  files: z.array(z.object({ path: z.string(), is_dir: z.boolean().default(false), file_size: z.coerce.number().optional() })).default([]),
  next_page_token: token,
});

/** A page of which each item is read by itself. */
export function looseList(key: string): z.ZodType<{ items: readonly unknown[]; next_page_token?: string | undefined }> {
  return z.looseObject({ next_page_token: token }).transform((page) => ({ items: z.array(z.unknown()).default([]).parse(page[key]), next_page_token: page.next_page_token }));
}

const word = token.catch(undefined);
const names = z.looseObject({ run_id: word, model_id: word, experiment_id: word, name: word });

/** Which thing an item is, as far as it says. */
function nameOf(item: unknown): string {
  const parsed = names.extend({ info: names.optional().catch(undefined) }).safeParse(item);
  const { run_id: run, model_id: model, name, experiment_id: experiment } = { ...parsed.data, ...parsed.data?.info };
  return run ?? model ?? name ?? experiment ?? '';
}

/** The items that can be understood; the others are told. */
export function understood<S extends z.ZodType>(items: readonly unknown[], schema: S, kind: string, passOver: PassOver): z.output<S>[] {
  return items.flatMap((item) => {
    const parsed = schema.safeParse(item);
    if (!parsed.success) {
      passOver(kind, nameOf(item), notUnderstood(parsed.error));
      return [];
    }
    return [parsed.data];
  });
}

/** Follows page tokens until there is none. @throws Problem `unavailable` for a server that gives the same token again */
export async function* pages<P extends { next_page_token?: string | undefined }>(ask: (pageToken: string | undefined) => Promise<P>): AsyncGenerator<P> {
  let next: string | undefined;
  do {
    const page = await ask(next);
    yield page;
    const token = page.next_page_token === '' ? undefined : page.next_page_token;
    if (token !== undefined && token === next) {
      throw new Problem('unavailable', 'The server gives the same page of a list again and again.');
    }
    next = token;
  } while (next !== undefined);
}

export function withToken(pageToken: string | undefined): { page_token?: string } {
  return pageToken === undefined ? {} : { page_token: pageToken };
}
