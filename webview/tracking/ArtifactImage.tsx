import type { VNode } from 'preact';
import { useMemo, useRef } from 'preact/hooks';
import type { ArtifactContent } from '../../server/contract/artifacts.ts';
import type { Run } from '../../server/contract/tracking.ts';
import { useSeen } from '../ui/useSeen.ts';
import type { FileContent } from './artifactRows.ts';
import { ArtifactState } from './ArtifactState.tsx';
import { OpenArtifact, tooLarge } from './OpenArtifact.tsx';
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
  const show = (found: ArtifactContent): VNode => {
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
            {tooLarge(found)}
          </OpenArtifact>
        );
      default:
        return (
          <OpenArtifact runId={run.runId} path={path}>
            This is no image, whatever its name says.
          </OpenArtifact>
        );
    }
  };
  return (
    <ArtifactState store={store} run={run} file={file} name={name} loaded={content.value}>
      {show}
    </ArtifactState>
  );
}
