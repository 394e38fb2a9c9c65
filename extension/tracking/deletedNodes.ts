import type { DeletedItems } from '../../server/contract/deleted.ts';
import { formatAge } from '../../server/contract/format/durations.ts';
import { plural } from '../../server/contract/format/plural.ts';
import { type TreeNode, treeNode } from '../vscode/trees.ts';
import { countDeleted } from './purgeText.ts';

/** What a row of the deleted items stands for. */
export interface DeletedSubject {
  readonly deleted: { readonly kind: 'experiment' | 'run' | 'model'; readonly id: string; readonly name: string };
}

interface DeletedRow {
  readonly kind: DeletedSubject['deleted']['kind'];
  readonly id: string;
  readonly name: string;
  readonly icon: string;
  readonly facts: readonly string[];
  readonly deletedAt: number | undefined;
}

const words = { experiment: 'experiment', run: 'run', model: 'logged model' } as const;

function rowNode({ kind, id, name, icon, facts, deletedAt }: DeletedRow): TreeNode {
  const description = [...facts, ...(deletedAt === undefined ? ['deleted'] : [`deleted ${formatAge(deletedAt)}`])].join(' · ');
  return treeNode(
    {
      id: `deleted:${kind}:${id}`,
      label: name,
      description,
      tooltip: `Deleted ${words[kind]} ${name}\n${description}\n${id}`,
      icon,
      color: 'disabledForeground',
      context: '.deleted.',
      spoken: `Deleted ${words[kind]} ${name}, ${description}`,
    },
    { deleted: { kind, id, name } } satisfies DeletedSubject,
  );
}

/** The row below the experiments that holds what was deleted and can be brought back, the latest first. */
export function deletedNode({ experiments, runs, models, truncated }: DeletedItems): TreeNode {
  const rows: DeletedRow[] = [
    ...experiments.map((one) => ({ kind: 'experiment' as const, id: one.experimentId, name: one.name, icon: 'beaker', facts: one.runs === undefined ? [] : [plural(one.runs, 'run')], deletedAt: one.deletedAt })),
    ...runs.map((one) => ({ kind: 'run' as const, id: one.runId, name: one.name, icon: 'circle-outline', facts: [one.experimentName], deletedAt: one.deletedAt })),
    ...models.map((one) => ({ kind: 'model' as const, id: one.modelId, name: one.name, icon: 'package', facts: [one.experimentName], deletedAt: one.deletedAt })),
  ].sort((a, b) => (b.deletedAt ?? 0) - (a.deletedAt ?? 0));
  const counted = countDeleted({ experiments: experiments.length, runs: runs.length, models: models.length });
  const description = rows.length === 0 ? 'nothing' : truncated ? `${counted}, and more` : counted;
  return treeNode(
    {
      id: 'deleted',
      label: 'Deleted',
      description,
      tooltip: 'What was deleted can be restored, or deleted permanently',
      icon: 'trash',
      context: rows.length === 0 ? '.deletedItems.empty.' : '.deletedItems.',
      expanded: true,
      spoken: `Deleted items, ${description}`,
    },
    undefined,
    () => rows.map(rowNode),
  );
}
