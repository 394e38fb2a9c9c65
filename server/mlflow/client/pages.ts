import { z } from 'zod';
import { experimentWire, metricWire, modelWire, registeredModelWire, runWire, versionWire } from './answers.ts';

const token = z.string().optional();
export const experimentPage = z.object({ experiments: z.array(experimentWire).default([]), next_page_token: token });
export const runPage = z.object({ runs: z.array(runWire).default([]), next_page_token: token });
export const metricPage = z.object({ metrics: z.array(metricWire).default([]), next_page_token: token });
export const modelPage = z.object({ models: z.array(modelWire).default([]), next_page_token: token });
export const registeredPage = z.object({ registered_models: z.array(registeredModelWire).default([]), next_page_token: token });
export const versionPage = z.object({ model_versions: z.array(z.object({ name: z.string() }).and(versionWire)).default([]), next_page_token: token });
export const filePage = z.object({
  files: z.array(z.object({ path: z.string(), is_dir: z.boolean().default(false), file_size: z.coerce.number().optional() })).default([]),
  next_page_token: token,
});

/** Follows page tokens until there is none. */
export async function* pages<P extends { next_page_token?: string | undefined }>(ask: (pageToken: string | undefined) => Promise<P>): AsyncGenerator<P> {
  let next: string | undefined;
  do {
    const page = await ask(next);
    yield page;
    next = page.next_page_token === '' ? undefined : page.next_page_token;
  } while (next !== undefined);
}

export function withToken(pageToken: string | undefined): { page_token?: string } {
  return pageToken === undefined ? {} : { page_token: pageToken };
}
