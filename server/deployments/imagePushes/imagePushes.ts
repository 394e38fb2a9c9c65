import { randomUUID } from 'node:crypto';
import type { Router } from 'express';
import { z } from 'zod';
import { caller, type Caller } from '../../contract/caller.ts';
import { imagePushRoutes, type ImagePush } from '../../contract/imagePushes.ts';
import { servingConfig } from '../../contract/servingConfig.ts';
import type { AuditLog } from '../../governance/auditLog.ts';
import type { CompanionContext } from '../../platform/context.ts';
import { Problem } from '../../platform/errors.ts';
import { implementAll } from '../../platform/http/implement.ts';
import type { Job } from '../../platform/jobs/job.ts';
import { outcomeOf } from '../../platform/jobs/outcome.ts';
import { connectEngine } from '../../releases/images/engine.ts';
import { parseImageReference } from '../../releases/images/imageReference.ts';
import { pushImage } from '../../releases/images/pushImage.ts';
import { registryLogin } from '../../releases/images/registryLogin.ts';
import { requireEndpoint } from '../orders/order.ts';
import type { RolloutParts } from '../rollouts/steps/step.ts';

export interface ImagePushDependencies {
  readonly context: Pick<CompanionContext, 'database' | 'jobs' | 'settings'>;
  readonly parts: Pick<RolloutParts, 'endpoints' | 'registry' | 'releases' | 'rollouts'>;
  readonly audit: AuditLog;
}

export interface ImagePushes {
  mount(router: Router): void;
  /** True while an image is pushed or waits for it: the companion stays up. */
  running(): boolean;
}

const order = z.object({
  id: z.string(),
  endpoint: z.string().optional(),
  model: z.string(),
  version: z.number().int(),
  server: z.string().optional(),
  serving: servingConfig,
  /** Registry and path, with a tag. */
  to: z.string(),
  requestedBy: caller,
});
type Order = z.infer<typeof order>;

const said = z.object({ message: z.string(), release: z.string().optional(), pinned: z.string().optional() });
type Said = z.infer<typeof said>;

/** Images of releases that are pushed to registries, as durable jobs. */
export function createImagePushes({ context, parts, audit }: ImagePushDependencies): ImagePushes {
  const { database, jobs, settings } = context;
  const { endpoints, registry, releases, rollouts } = parts;

  const run = async ({ model, version, server, serving, to }: Order, signal: AbortSignal, say: (now: Said) => void): Promise<void> => {
    const engine = await connectEngine(settings());
    say({ message: 'Preparing the release' });
    // Packaged for an image: what a process serves may be locked for another Python.
    const release = await releases.prepare({ model, version, server, serving, forImage: true }, (message) => say({ message }), signal);
    const progress = (message: string): void => say({ message, release: release.digest });
    const { image } = await releases.images.ensureImages(engine, release, progress, signal);
    const reference = parseImageReference(to, String(version));
    const { digest } = await pushImage(engine, image, reference, await registryLogin(reference.registry), progress, signal);
    say({ message: 'Pushed', release: release.digest, pinned: `${reference.repository}@${digest}` });
  };

  const queue = jobs.register({
    kind: 'image-push',
    payload: order,
    retry: { firstMilliseconds: 2000, mostMilliseconds: 30_000, attempts: 3 },
    run: ({ payload }, control) => run(payload, control.signal, (now) => control.progress(JSON.stringify(now))).catch(withRemedy),
    ended({ payload: { id, to, requestedBy, endpoint, model, version }, progress }, { state }) {
      if (state === 'cancelled') {
        return;
      }
      const { release, pinned } = readSaid(progress);
      audit.append({ actor: requestedBy, action: state === 'done' ? 'image.pushed' : `image.push-${state}`, subject: endpoint ?? model, detail: { push: id, model, version, to, ...(release === undefined ? {} : { release }), ...(pinned === undefined ? {} : { pinned }) } });
    },
  });
  const all = (): Job<Order>[] => [...queue.open(), ...queue.ended()].sort((a, b) => b.id - a.id);
  const find = (id: string): Job<Order> => {
    const found = all().find(({ payload }) => payload.id === id);
    if (found === undefined) {
      throw new Problem('not-found', `There is no push ${id}.`, { field: 'id', remedy: 'List them with "slipway pushes".' });
    }
    return found;
  };
  const add = (asked: Omit<Order, 'id' | 'requestedBy'>, requestedBy: Caller): ImagePush => {
    const { repository, tag } = parseImageReference(asked.to, String(asked.version));
    const added: Order = { ...asked, to: `${repository}:${tag}`, id: randomUUID().slice(0, 13), requestedBy };
    database.transaction(() => {
      queue.add({ key: added.to, payload: added });
      audit.append({ actor: requestedBy, action: 'image.push-requested', subject: asked.endpoint ?? asked.model, detail: { push: added.id, model: asked.model, version: asked.version, to: added.to } });
    })();
    return toImagePush(find(added.id));
  };

  return {
    mount(router) {
      implementAll(router, imagePushRoutes, {
        pushEndpointImage: ({ name, to }, { caller: by }) => {
          const { live } = requireEndpoint({ endpoints }, name);
          if (live === undefined) {
            throw new Problem('conflict', `The endpoint ${name} has no live release.`, { field: 'name', remedy: 'Deploy a version to it first, or push the image of a model version.' });
          }
          const { model, serving } = releases.get(live.release);
          const version = rollouts.versionOf(name, live.release) ?? live.version;
          return add({ endpoint: name, model: model.name, version, ...(model.server === undefined ? {} : { server: model.server }), serving, to }, by);
        },
        pushModelImage: async ({ model, version, to }, { caller: by }) => {
          const found = await registry.resolve(model, version);
          return add({ model: found.name, version: found.version, ...(found.server === undefined ? {} : { server: found.server }), serving: servingConfig.parse({}), to }, by);
        },
        listImagePushes: () => ({ pushes: all().map(toImagePush) }),
        getImagePush: ({ id }) => toImagePush(find(id)),
        cancelImagePush: ({ id }, { caller: by }) => {
          const { id: job, payload } = find(id);
          if (queue.cancel(job)) {
            audit.append({ actor: by, action: 'image.push-cancelled', subject: payload.endpoint ?? payload.model, detail: { push: id, to: payload.to } });
          }
          return toImagePush(find(id));
        },
      });
    },
    running: () => queue.open().length > 0,
  };
}

/** A job keeps one text of why it failed. */
function withRemedy(error: unknown): never {
  throw Problem.is(error) && error.remedy !== undefined ? new Problem(error.reason, `${error.message} ${error.remedy}`, { cause: error }) : error;
}

function readSaid(progress: string | undefined): Said {
  return progress === undefined ? { message: 'Waiting' } : said.parse(JSON.parse(progress));
}

function toImagePush(job: Job<Order>): ImagePush {
  const { id, model, version, to, requestedBy } = job.payload;
  const now = readSaid(job.progress);
  return {
    id,
    model,
    modelVersion: version,
    ...(now.release === undefined ? {} : { release: now.release }),
    to,
    ...outcomeOf(job, { running: now.message, cancelled: 'Cancelled; layers that have arrived stay in the registry.' }),
    ...(job.state === 'done' && now.pinned !== undefined ? { pinned: now.pinned } : {}),
    startedAt: job.createdAt,
    ...(job.endedAt === undefined ? {} : { endedAt: job.endedAt }),
    requestedBy: requestedBy.user,
  };
}
