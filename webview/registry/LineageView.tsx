import type { VNode } from 'preact';
import { shortDigest } from '../../server/contract/format/digests.ts';
import type { ModelVersion } from '../../server/contract/registry.ts';
import { useActions, useTask } from '../ui/actions.ts';
import { Badge, CopyButton, Digest, Failure, Icon, LinkButton, Section } from '../ui/blocks.tsx';
import { fileName, formatTime } from '../ui/format.ts';
import { formatBytes } from '../../server/contract/format/bytes.ts';
import { plural } from '../../server/contract/format/plural.ts';

/** Where a version came from: notebook cell, code, data, environment. */
export function LineageView({ version }: { readonly version: ModelVersion }): VNode {
  const { lineage } = version;
  const actions = useActions();
  const task = useTask();
  const { cell, git, environment, runId } = lineage;
  const nothing = cell === undefined && git === undefined && environment === undefined && runId === undefined && lineage.data.length === 0;
  return (
    <Section title="Lineage">
      {task.failure.value !== undefined && <Failure what="That did not work." failure={task.failure.value} onDismiss={task.clear} />}
      {nothing && <p class="muted">Nothing is known about where this version came from.</p>}
      <ul class="plain lineage">
        {cell !== undefined && (
          <li>
            <Icon name="notebook" />
            <span class="lineage-label">Notebook</span>
            <span class="lineage-value">
              <LinkButton
                title={cell.notebook}
                onClick={() => {
                  task.run(() => actions.command('slipway.openNotebookCell', cell));
                }}
              >
                {fileName(cell.notebook)}, cell {cell.cellIndex + 1}
              </LinkButton>
            </span>
          </li>
        )}
        {runId !== undefined && (
          <li>
            <Icon name="beaker" />
            <span class="lineage-label">Run</span>
            <span class="lineage-value">
              <LinkButton
                title={runId}
                onClick={() => {
                  actions.show({ panel: 'compare', runIds: [runId] });
                }}
              >
                {shortDigest(runId)}
              </LinkButton>
              <CopyButton text={runId} label="Copy run id" />
            </span>
          </li>
        )}
        {git !== undefined && (
          <li>
            <Icon name="git-commit" />
            <span class="lineage-label">Commit</span>
            <span class="lineage-value">
              <code title={git.commit}>{shortDigest(git.commit)}</code>
              {git.branch !== undefined && <span>on {git.branch}</span>}
              {git.dirty ? (
                <Badge tone="warning" icon="warning" title="The working tree had changes that the commit does not hold">
                  uncommitted changes
                </Badge>
              ) : (
                <Badge tone="good" icon="check">
                  clean
                </Badge>
              )}
              <CopyButton text={git.commit} label="Copy commit" />
            </span>
          </li>
        )}
        {lineage.data.map((file) => (
          <li key={file.path}>
            <Icon name="database" />
            <span class="lineage-label">Data</span>
            <span class="lineage-value">
              <span title={`${file.path}\nmodified ${formatTime(file.modifiedAt)}`}>{fileName(file.path)}</span>
              <span class="muted">{formatBytes(file.bytes)}</span>
              <Digest value={file.sha256} label={`digest of ${fileName(file.path)}`} />
            </span>
          </li>
        ))}
        {environment !== undefined && (
          <li>
            <Icon name="layers" />
            <span class="lineage-label">Environment</span>
            <span class="lineage-value">
              <span>
                Python {environment.python}, {plural(environment.packages, 'package')}
              </span>
              <Digest value={environment.sha256} label="environment digest" />
            </span>
          </li>
        )}
      </ul>
    </Section>
  );
}
