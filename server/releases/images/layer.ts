import type { WriteStream } from 'node:fs';
import type { Progress } from '../../platform/command.ts';
import { buildContext, type ContextEntry } from './buildContext.ts';
import { stageLabel } from './dockerfiles.ts';
import type { Engine } from './engine.ts';
import { buildImage, hasBuildKit } from './imageBuild.ts';

/** What the build of one image goes by. */
export interface LayerBuild {
  readonly engine: Engine;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly log: WriteStream;
}

/** Builds one image by what the engine can do. */
export async function buildLayer(context: LayerBuild, tag: string, labels: Readonly<Record<string, string>>, entries: readonly ContextEntry[]): Promise<void> {
  const { engine, progress, signal, log } = context;
  const buildKit = hasBuildKit(engine);
  const onLine = (line: string): void => {
    log.write(`${line}\n`);
    if (/^(\[\S.*\]|Step \d+\/\d+ ?:) /i.test(line)) {
      progress(line.length > 160 ? `${line.slice(0, 160)}...` : line);
    }
  };
  await buildImage(engine, buildContext(entries), { tag, labels, buildKit, signal, onLine });
  if (!buildKit) {
    await removeStages(engine);
  }
}

/** Removes the stages that the classic builder kept. One that is in use by another build stays. */
async function removeStages({ docker }: Engine): Promise<void> {
  const stages = await docker.listImages({ filters: { dangling: ['true'], label: [stageLabel] } });
  for (const { Id: id } of stages) {
    await docker.getImage(id).remove().catch(() => undefined);
  }
}
