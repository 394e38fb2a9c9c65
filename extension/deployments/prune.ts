import { window } from 'vscode';
import { z } from 'zod';
import { plural } from '../../server/contract/format/plural.ts';
import type { App } from '../app.ts';
import type { PruneReport } from '../../server/contract/prune.ts';
import { subjectAs } from '../vscode/commands.ts';
import { formatBytes } from '../../server/contract/format/bytes.ts';
import { withMessage } from '../vscode/progress.ts';
import { confirm } from '../vscode/prompts.ts';

const confirmedSubject = z.object({ confirmed: z.literal(true) });
const mostListed = 12;

/** What would go, one line each, the largest first. */
function describe({ items, sharedBytes, keptReleases, imagesSkipped }: PruneReport): string {
  const largest = [...items].sort((a, b) => b.bytes - a.bytes);
  const lines = largest.slice(0, mostListed).map(({ kind, detail, bytes }) => `• ${kind.replace('-', ' ')} ${detail}: ${formatBytes(bytes)}`);
  return [
    ...lines,
    ...(items.length > mostListed ? [`• and ${items.length - mostListed} more`] : []),
    '',
    `${plural(keptReleases, 'release stays', 'releases stay')}. What is removed can be made again by deploying its model version.`,
    ...(sharedBytes === undefined ? [] : [`${formatBytes(sharedBytes)} more are hard links into the cache of uv or other environments and stay there.`]),
    ...(imagesSkipped === undefined ? [] : [`Images are left alone: ${imagesSkipped}`]),
  ].join('\n');
}

/** Frees the disk of releases, environments and images that no endpoint needs, after showing them. */
export async function prune({ connection }: App, subject: unknown): Promise<PruneReport | undefined> {
  const preview = await withMessage('Looking for what no endpoint needs', () => connection.call('previewPrune', {}));
  if (preview.items.length === 0) {
    void window.showInformationMessage('Every release, environment and image is needed: there is nothing to free.');
    return preview;
  }
  const confirmed = subjectAs(confirmedSubject, subject) !== undefined;
  if (!confirmed && !(await confirm(`Free ${formatBytes(preview.bytes)}?`, describe(preview), 'Free Disk Space'))) {
    return undefined;
  }
  const done = await withMessage('Freeing disk space', () => connection.call('prune', {}));
  void window.showInformationMessage(`Freed ${formatBytes(done.bytes)}.`);
  return done;
}
