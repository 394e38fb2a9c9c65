import type { ComponentChildren, VNode } from 'preact';
import type { ArtifactContent } from '../../server/contract/artifacts.ts';
import type { Run } from '../../server/contract/tracking.ts';
import { LinkButton } from '../ui/blocks.tsx';
import type { FileContent } from './artifactRows.ts';
import type { LoadedArtifact } from './artifactStore.ts';
import type { CompareStore } from './store.ts';

interface StateProps {
  readonly store: CompareStore;
  readonly run: Run;
  readonly file: FileContent;
  readonly name: string;
  readonly loaded: LoadedArtifact;
  readonly children: (content: ArtifactContent) => ComponentChildren;
}

/** A file once it is read; until then that it is on its way, or why it did not come. */
export function ArtifactState({ store, run, file, name, loaded, children }: StateProps): VNode {
  switch (loaded.state) {
    case 'loading':
      return <span class="artifact-wait" role="status" aria-label={`Loading ${name} of ${run.name}`} />;
    case 'failed':
      return (
        <span class="artifact-note">
          <span class="tone-bad">{loaded.failure.message}</span> <LinkButton onClick={() => { store.artifacts.retry(run.runId, file); }}>Try again</LinkButton>
        </span>
      );
    case 'loaded':
      return <>{children(loaded.content)}</>;
  }
}
