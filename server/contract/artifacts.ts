import { z } from 'zod';
import { digest } from './values.ts';
import { route } from './route.ts';
import { orText, orUnknownKind, type UnknownKind } from './unknown.ts';

/**
 * A file of a run that people look at: by its name, and by what the run says that it logged as a table. A page is HTML, which is not run
 * in a panel.
 */
export const runArtifact = z.object({
  /** Below the run's artifacts. */
  path: z.string(),
  bytes: z.number().int().nonnegative(),
  /** Of the content; absent where the store does not tell. */
  sha256: digest.optional(),
  /** `file`: none of the others; listed where all files are asked for. */
  kind: orText(z.enum(['image', 'table', 'page', 'file'])),
});
export type RunArtifact = z.infer<typeof runArtifact>;

export const runArtifacts = z.object({
  runId: z.string(),
  files: z.array(runArtifact),
  /** There are more files than are listed. */
  truncated: z.boolean(),
  /** Where the artifacts are, when the companion does not keep them. */
  elsewhere: z.string().optional(),
});
export type RunArtifacts = z.infer<typeof runArtifacts>;

/** The largest files that are read into a panel, in bytes. */
export const artifactLimits = { image: 5_000_000, table: 2_000_000 } as const;

/** What is in a file, by its content and not by its name. */
export const artifactContent = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('image'), mime: z.string(), base64: z.string(), bytes: z.number() }),
  z.object({ kind: z.literal('text'), text: z.string(), bytes: z.number() }),
  z.object({ kind: z.literal('too-large'), bytes: z.number(), limit: z.number() }),
  z.object({ kind: z.literal('unknown'), bytes: z.number() }),
]);
export type ArtifactContent = z.infer<typeof artifactContent> | UnknownKind;

export const artifactRoutes = {
  listRunArtifacts: route({
    method: 'POST',
    path: '/runs/artifacts',
    summary: 'Images, tables and pages among the artifacts of runs; with `all` every file',
    panels: ['compare', 'registry'],
    input: z.object({ runIds: z.array(z.string()).min(1).max(24), all: z.boolean().default(false) }),
    output: z.object({ runs: z.array(runArtifacts) }),
  }),
  readRunArtifact: route({
    method: 'GET',
    path: '/runs/:runId/artifact',
    summary: 'The content of an image or a table among the artifacts of a run, up to a size',
    panels: ['compare', 'registry'],
    input: z.object({ runId: z.string(), path: z.string().min(1).max(4096) }),
    output: orUnknownKind(artifactContent),
  }),
};
