import { effect, signal, type ReadonlySignal, type Signal } from '@preact/signals';
import type { ArtifactContent, RunArtifacts } from '../../server/contract/artifacts.ts';
import type { Run } from '../../server/contract/tracking.ts';
import { asFailure, type HostFailure } from '../ui/host.ts';
import type { PanelParts } from '../ui/mount.tsx';
import { createResource, type Resource } from '../ui/resource.ts';
import { isNumbers } from '../ui/storage.ts';
import type { FileContent } from './artifactRows.ts';

/** What is known of a file's content. */
export type LoadedArtifact = { readonly state: 'loading' } | { readonly state: 'failed'; readonly failure: HostFailure } | { readonly state: 'loaded'; readonly content: ArtifactContent };

/** Images and tables of the selected runs. */
export interface ArtifactStore {
  /** The first of the selected runs: more pictures cannot be told apart. */
  readonly runs: ReadonlySignal<readonly Run[]>;
  readonly files: Resource<readonly RunArtifacts[]>;
  /** The content of a file, fetched when it is first asked for. */
  readonly content: (runId: string, file: FileContent) => ReadonlySignal<LoadedArtifact>;
  readonly retry: (runId: string, file: FileContent) => void;
  /** The step that each series of images shows, by name; absent: the last one. */
  readonly steps: Signal<Readonly<Record<string, number>>>;
}

export const mostArtifactRuns = 12;
const readsAtOnce = 3;
/** Characters of contents that are kept, so that scrolling back shows them at once. */
const mostKept = 96 << 20;

interface Parts extends Pick<PanelParts<'compare'>, 'host' | 'persistence'> {
  readonly runs: ReadonlySignal<readonly Run[]>;
  /** Whether anybody looks at them. */
  readonly shown: ReadonlySignal<boolean>;
}

export function createArtifactStore({ host, persistence, runs, shown }: Parts): ArtifactStore {
  const steps = persistence.keep<Readonly<Record<string, number>>>('artifactSteps', {}, isNumbers);
  const contents = new Map<string, Signal<LoadedArtifact>>();
  const waiting: (() => Promise<void>)[] = [];
  let reading = 0;

  const files = createResource<readonly RunArtifacts[]>(async (_show, signal) => {
    const runIds = runs.peek().map(({ runId }) => runId);
    return runIds.length === 0 ? [] : (await host.call('listRunArtifacts', { runIds }, signal)).runs;
  });

  const next = (): void => {
    const work = reading < readsAtOnce ? waiting.shift() : undefined;
    if (work !== undefined) {
      reading += 1;
      void work().finally(() => {
        reading -= 1;
        next();
      });
    }
  };
  const sizeOf = (loaded: LoadedArtifact): number => {
    const content = loaded.state === 'loaded' ? loaded.content : undefined;
    return content?.kind === 'image' ? content.base64.length : content?.kind === 'text' ? content.text.length : 0;
  };
  const trim = (): void => {
    let left = mostKept;
    for (const [key, content] of [...contents].reverse()) {
      left -= sizeOf(content.peek());
      if (left < 0) {
        contents.delete(key);
      }
    }
  };
  const load = (runId: string, path: string, into: Signal<LoadedArtifact>): void => {
    waiting.push(async () => {
      try {
        into.value = { state: 'loaded', content: await host.call('readRunArtifact', { runId, path }) };
        trim();
      } catch (error) {
        into.value = { state: 'failed', failure: asFailure(error) };
      }
    });
    next();
  };
  const keyOf = (runId: string, { path, sha256 }: FileContent): string => `${runId} ${sha256 ?? ''} ${path}`;

  effect(() => {
    if (shown.value && runs.value.length > 0) {
      files.refresh();
    }
  });
  host.onEvent((event) => {
    if (shown.peek() && event.topic === 'run' && runs.peek().some(({ runId }) => runId === event.runId)) {
      files.refresh();
    }
  });

  return {
    runs,
    files,
    content(runId, file) {
      const key = keyOf(runId, file);
      const known = contents.get(key);
      if (known !== undefined) {
        return known;
      }
      const made = signal<LoadedArtifact>({ state: 'loading' });
      contents.set(key, made);
      load(runId, file.path, made);
      return made;
    },
    retry(runId, file) {
      const known = contents.get(keyOf(runId, file));
      if (known !== undefined) {
        known.value = { state: 'loading' };
        load(runId, file.path, known);
      }
    },
    steps,
  };
}
