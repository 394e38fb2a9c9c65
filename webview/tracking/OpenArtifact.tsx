import type { ComponentChildren, VNode } from 'preact';
import { useActions, useTask } from '../ui/actions.ts';
import { LinkButton } from '../ui/blocks.tsx';
import { formatBytes } from '../../server/contract/format/bytes.ts';

/** Says why a file is not shown, and opens it in the editor. */
export function OpenArtifact({ runId, path, children }: { readonly runId: string; readonly path: string; readonly children: ComponentChildren }): VNode {
  const actions = useActions();
  const task = useTask();
  return (
    <span class="artifact-note">
      <span class="muted">{children}</span>{' '}
      <LinkButton title={path} onClick={() => { task.run(() => actions.command('slipway.openArtifact', { runId, path })); }}>
        Open file
      </LinkButton>
      {task.failure.value !== undefined && <span role="alert"> {task.failure.value.message}</span>}
    </span>
  );
}

/** Why a file is not shown. */
export function tooLarge({ bytes, limit }: { readonly bytes: number; readonly limit: number }): string {
  return `${formatBytes(bytes)}: more than the ${formatBytes(limit)} that are shown here.`;
}
