import type { VNode } from 'preact';
import { useMemo, useRef } from 'preact/hooks';
import type { Run } from '../../server/contract/tracking.ts';
import { LinkButton } from '../ui/blocks.tsx';
import { formatBytes } from '../ui/format.ts';
import { useSeen } from '../ui/useSeen.ts';
import type { FileContent } from './artifactRows.ts';
import { OpenArtifact } from './OpenArtifact.tsx';
import type { CompareStore } from './store.ts';

interface ImageProps {
  readonly store: CompareStore;
  readonly run: Run;
  /** What is shown. */
  readonly file: FileContent;
  /** What is opened. */
  readonly path: string;
  readonly name: string;
  readonly onEnlarge?: () => void;
}

/** An image of a run, fetched when it comes into view. */
export function ArtifactImage(props: ImageProps): VNode {
  const place = useRef<HTMLDivElement>(null);
  const seen = useSeen(place);
  return (
    <div ref={place} class="artifact-image">
      {seen ? <SeenImage {...props} /> : <span class="artifact-wait" />}
    </div>
  );
}

function SeenImage({ store, run, file, path, name, onEnlarge }: ImageProps): VNode {
  const content = useMemo(() => store.artifacts.content(run.runId, file), [store, run.runId, file.path, file.sha256]);
  const loaded = content.value;
  if (loaded.state === 'loading') {
    return <span class="artifact-wait" role="status" aria-label={`Loading ${name} of ${run.name}`} />;
  }
  if (loaded.state === 'failed') {
    return (
      <span class="artifact-note">
        <span class="tone-bad">{loaded.failure.message}</span> <LinkButton onClick={() => { store.artifacts.retry(run.runId, file); }}>Try again</LinkButton>
      </span>
    );
  }
  const found = loaded.content;
  switch (found.kind) {
    case 'image': {
      const image = <img src={`data:${found.mime};base64,${found.base64}`} alt={`${name} of ${run.name}`} />;
      return onEnlarge === undefined ? (
        image
      ) : (
        <button type="button" class="thumb" title={`Enlarge ${name} of ${run.name}`} onClick={onEnlarge}>
          {image}
        </button>
      );
    }
    case 'too-large':
      return (
        <OpenArtifact runId={run.runId} path={path}>
          {formatBytes(found.bytes)}: more than the {formatBytes(found.limit)} that are shown here.
        </OpenArtifact>
      );
    default:
      return (
        <OpenArtifact runId={run.runId} path={path}>
          This is no image, whatever its name says.
        </OpenArtifact>
      );
  }
}
