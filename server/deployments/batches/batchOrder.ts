import { z } from 'zod';
import { caller } from '../../contract/caller.ts';
import { servingConfig } from '../../contract/servingConfig.ts';
import { digest } from '../../contract/values.ts';
import { batchFile } from './batchFiles.ts';

/** What is to be scored by what, as its job keeps it. */
export const batchOrder = z.object({
  id: z.string(),
  endpoint: z.string().optional(),
  model: z.string(),
  version: z.number().int(),
  server: z.string().optional(),
  /** The release that was live when it was asked for; absent for one of a model version. */
  release: digest.optional(),
  target: z.string(),
  /** Of a release that is to be packaged. */
  serving: servingConfig,
  files: z.array(batchFile),
  out: z.string(),
  keep: z.union([z.literal('all'), z.array(z.string())]),
  overwrite: z.boolean(),
  requestedBy: caller,
});
export type BatchOrder = z.infer<typeof batchOrder>;
