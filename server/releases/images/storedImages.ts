import type { Engine } from './engine.ts';

/** An image that Slipway built. */
export interface StoredImage {
  readonly kind: 'release-image' | 'environment-image';
  readonly name: string;
  /** Digest of the release, for an image of one. */
  readonly release: string | undefined;
  /** Digest of the environment lock. */
  readonly lock: string;
  /** Bytes that it adds to the image below it. */
  readonly bytes: number;
}

/** Podman puts `localhost/` before names without a registry. */
const ownTag = /^(?:localhost\/)?slipway\//;
const conflict = 409;
const gone = 404;

/** The release and environment images of an engine, releases first: they stand on the environments. */
export async function storedImages({ docker }: Engine): Promise<StoredImage[]> {
  const images = await docker.listImages({ filters: { label: ['slipway.lock'] } });
  const sizes = new Map((await docker.listImages()).map(({ Id: id, Size: size }) => [id, size]));
  const found = images.flatMap(({ RepoTags: tags, Labels: labels, Size: size }) => {
    const lock = labels['slipway.lock'] ?? '';
    const release = labels['slipway.release'];
    const base = labels['slipway.base'];
    // A release image inherits the labels of the environment below it.
    return (tags ?? []).filter((tag) => ownTag.test(tag)).map((name) => ({ kind: release === undefined ? 'environment-image' : 'release-image', name, release, lock, size, base }) as const);
  });
  const environments = new Map(found.filter(({ kind }) => kind === 'environment-image').map(({ lock, size }) => [lock, size]));
  const below = (image: (typeof found)[number]): number => (image.kind === 'release-image' ? environments.get(image.lock) : sizes.get(image.base ?? '')) ?? 0;
  return found
    .map((image) => ({ kind: image.kind, name: image.name, release: image.release, lock: image.lock, bytes: Math.max(0, image.size - below(image)) }))
    .sort((a, b) => (a.kind === b.kind ? 0 : a.kind === 'release-image' ? -1 : 1));
}

/** @returns false when a container or another image still stands on it, or it has gone already */
export async function removeImage({ docker }: Engine, name: string): Promise<boolean> {
  try {
    await docker.getImage(name).remove();
    return true;
  } catch (error) {
    const status = typeof error === 'object' && error !== null && 'statusCode' in error ? error.statusCode : undefined;
    if (status === conflict || status === gone) {
      return false;
    }
    throw error;
  }
}
