import colors from 'picocolors';
import { plural } from '../contract/format/plural.ts';
import { shortDigests } from '../contract/format/digests.ts';
import type { PruneReport } from '../contract/prune.ts';
import { examples, type CommandGroup } from './command.ts';
import { connect } from './connection.ts';
import { table } from './output.ts';
import { formatBytes } from '../contract/format/bytes.ts';
import { count } from './words.ts';

function describePrune({ items, bytes, sharedBytes, keptReleases, imagesSkipped }: PruneReport, done: boolean): string {
  const shown = items.map(({ kind, name, detail, bytes: size }) => [kind.replace('-', ' '), shortDigests(name), detail, formatBytes(size)]);
  return [
    table(['what', 'name', 'of', '>size'], shown, 'Nothing: every release, environment and image is needed.'),
    `${done ? 'Freed' : 'Would free'} ${formatBytes(bytes)}; ${plural(keptReleases, 'release stays', 'releases stay')}.`,
    ...(sharedBytes === undefined ? [] : [`${formatBytes(sharedBytes)} more are hard links into the cache of uv or other environments and stay there (\`uv cache prune\`).`]),
    ...(imagesSkipped === undefined ? [] : [colors.dim(`Images are left alone: ${imagesSkipped}`)]),
  ].join('\n');
}

export const pruneCommand: CommandGroup = (program, run) => {
  program
    .command('prune')
    .description('free the disk of releases, environments and images that no endpoint needs; model versions stay')
    .option('--dry-run', 'only say what it would free')
    .option('--keep <count>', 'releases that each endpoint keeps to go back to (default: the setting keptReleases)', count)
    .addHelpText('after', examples('prune --dry-run', 'prune', 'prune --keep 2'))
    .action(
      run(async (output, options: { dryRun?: boolean; keep?: number }) => {
        const client = await connect();
        const keep = options.keep === undefined ? {} : { keep: options.keep };
        const done = options.dryRun !== true;
        const report = done ? await client.call('prune', keep) : await client.call('previewPrune', keep);
        output.result({ ...report, done }, () => describePrune(report, done));
      }),
    );
};
