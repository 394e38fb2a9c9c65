import { statSync } from 'node:fs';
import { formatBytes } from '../contract/format/bytes.ts';
import { formatTime } from '../contract/format/times.ts';
import { localCaller } from '../platform/caller.ts';
import { dataHomePath } from '../platform/dataHome.ts';
import { listBackups } from '../platform/database/backups.ts';
import { describeHome } from '../platform/home.ts';
import { examples, type CommandGroup } from './command.ts';
import { exitCodes } from './exitCodes.ts';
import { table } from './output.ts';
import { makeRoom } from './stopCompanion.ts';

/** These commands work on the files of the data home themselves: they are for when no companion can start. What they need for it, no other command loads. */
export const backupCommands: CommandGroup = (program, run) => {
  program
    .command('backup')
    .description('copy the database to a file, whether or not a companion runs; artifacts and releases are files of the data home')
    .argument('<file>', 'a new file')
    .addHelpText('after', examples('backup before-update.db'))
    .action(
      run(async (output, file: string) => {
        process.umask(0o077);
        const { backUpToFile } = await import('../companion/backupFile.ts');
        const bytes = backUpToFile(describeHome(dataHomePath()), file);
        output.result({ file, bytes }, () => `The database is copied to ${file} (${formatBytes(bytes)}).`);
        return exitCodes.success;
      }),
    );

  program
    .command('restore')
    .description('put a backup in the place of the database, which is kept beside it; stops the companion')
    .argument('[file]', 'without it, lists the backups that the companion made')
    .addHelpText('after', examples('restore', 'restore before-update.db'))
    .action(
      run(async (output, file: string | undefined) => {
        process.umask(0o077);
        const root = dataHomePath();
        if (file === undefined) {
          const backups = listBackups(describeHome(root).backups).map((each) => ({ file: each, at: Math.round(statSync(each).mtimeMs), bytes: statSync(each).size }));
          output.result({ backups }, () => table(['file', 'of', '>size'], backups.map((each) => [each.file, formatTime(each.at), formatBytes(each.bytes)]), 'There is no backup yet.'));
          return exitCodes.success;
        }
        const { checkBackup, restoreDatabase } = await import('../companion/restore.ts');
        checkBackup(file);
        const stopped = await makeRoom('slipway restore');
        const { replaced, schema } = await restoreDatabase(root, file, localCaller('command line'));
        output.result({ file, replaced, schema, stopped }, () =>
          [
            `The database is the one of ${file}.`,
            ...(replaced === undefined ? [] : [`The one before is kept as ${replaced}.`]),
            ...(stopped ? ['The companion was stopped; "slipway serve" starts it.'] : []),
          ].join('\n'),
        );
        return exitCodes.success;
      }),
    );
};
