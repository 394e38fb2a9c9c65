import { Router } from 'express';
import { registryRoutes, type RegisteredModel } from '../contract/registry.ts';
import type { EndpointSummary } from '../contract/deployments.ts';
import { lineageRoutes, type Fed } from '../contract/lineage.ts';
import { trackingRoutes } from '../contract/tracking.ts';
import type { Feature } from '../platform/feature.ts';
import { implementAll } from '../platform/http/implement.ts';
import { wholeAnswer } from '../platform/http/wholeAnswer.ts';
import { readFile } from './dataFile.ts';
import { explainRequest } from './explainRequest.ts';
import type { LineageSources } from './lineageSources.ts';
import { liveAtTime } from './liveAt.ts';

/** Every version with each file that its run read. */
function fedBy(models: readonly RegisteredModel[], endpoints: readonly EndpointSummary[]): Fed[] {
  return models.flatMap(({ versions }) =>
    versions.flatMap(({ name, version, server, aliases, lineage }) =>
      lineage.data.map((file) => ({
        file,
        model: name,
        version,
        ...(server === undefined ? {} : { server }),
        ...(lineage.runId === undefined ? {} : { runId: lineage.runId }),
        aliases,
        liveOn: endpoints.filter((endpoint) => endpoint.model === name && endpoint.liveVersion === version && endpoint.liveServer === server).map((endpoint) => endpoint.name),
      })),
    ),
  );
}

/** Answers what came from what: from a request back to the data, from a file to what it feeds, and what was live when. */
export function createLineage(sources: LineageSources): Feature {
  const router = Router();
  implementAll(router, lineageRoutes, {
    explainRequest: ({ id, endpoint }, call) =>
      explainRequest(id, endpoint, {
        ...sources,
        run: async (runId) => wholeAnswer(await sources.run(runId, call), (value) => trackingRoutes.getRun.output.parse(value)),
      }),
    async listFed({ path }, call) {
      const { models } = await wholeAnswer(await sources.models(call), (value) => registryRoutes.listModels.output.parse(value));
      const fed = fedBy(models, sources.endpoints());
      if (path === undefined) {
        return { fed };
      }
      const file = await readFile(path);
      return { ...(file === undefined ? {} : { file }), fed: fed.filter((each) => each.file.path === (file?.path ?? path) || each.file.sha256 === file?.sha256) };
    },
    listLiveAt: ({ at, endpoint }) => ({ at, live: liveAtTime(sources.audit, at, endpoint) }),
  });
  return { router };
}
