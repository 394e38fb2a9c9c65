import path from 'node:path';
import colors from 'picocolors';
import type { Command } from 'commander';
import { poll } from '../platform/time/poll.ts';
import type { CompanionClient } from '../client/companionClient.ts';
import { CallFailure } from '../client/callFailure.ts';
import type { Transfer, TransferCounts, TransferDirection, TransferReport, TransferState } from '../contract/transfer.ts';
import { lookUp } from '../contract/unknown.ts';
import { cancelOnInterrupt } from './cancelOnInterrupt.ts';
import { examples, type ActionRunner, type CommandGroup } from './command.ts';
import { connect } from './connection.ts';
import { exitCodes } from './exitCodes.ts';
import { loginOfEnvironment } from './trackingServerCommands.ts';
import { short, table, type Output } from './output.ts';
import { formatBytes } from '../contract/format/bytes.ts';
import { formatAge } from '../contract/format/durations.ts';
import { activePython, pythonPath } from './pythonPath.ts';

const pollMilliseconds = 300;
const mostShown = 20;

interface TransferOptions {
  readonly artifacts?: string;
  readonly quick?: boolean;
  readonly follow?: boolean;
  readonly python?: string;
}

/** Paths are those of the shell; the companion has another folder. */
function wholeLocation(location: string): string {
  const sqlite = /^sqlite:\/\/\/(.*)$/.exec(location)?.[1];
  if (sqlite !== undefined) {
    return path.resolve(sqlite);
  }
  return /^[a-z][a-z0-9+]*:\/\//i.test(location) ? location : path.resolve(location);
}

const kinds: readonly (readonly [keyof TransferCounts, string])[] = [
  ['experiments', 'experiments'],
  ['runs', 'runs'],
  ['params', 'params'],
  ['tags', 'tags'],
  ['metrics', 'metric points'],
  ['datasets', 'dataset inputs'],
  ['models', 'logged models'],
  ['registeredModels', 'registered models'],
  ['versions', 'versions'],
  ['aliases', 'aliases'],
  ['artifacts', 'artifacts'],
  ['bytes', 'bytes of artifacts'],
];

function describeReport(report: TransferReport): string {
  const counts = table(
    ['', '>source', '>target', '>added'],
    kinds.map(([kind, name]) => {
      const show = (counted: TransferCounts): string => (kind === 'bytes' ? formatBytes(counted[kind]) : String(counted[kind]));
      const target = show(report.target);
      return [name, show(report.source), report.source[kind] === report.target[kind] ? target : colors.yellow(target), show(report.added)];
    }),
    '',
  );
  const lines = [
    ...report.conflicts.map(({ kind, id, message }) => `${colors.yellow('conflict')} ${kind} ${id}: ${message}`),
    ...report.differences.map(({ kind, id, message }) => `${colors.red('differs')} ${kind} ${id}: ${message}`),
    ...report.notCarried.map(({ kind, id, message }) => `${colors.yellow('not carried')} ${kind} ${id}: ${message}`),
  ];
  const more = lines.length - mostShown + report.more;
  return [counts, ...lines.slice(0, mostShown), ...(more > 0 && lines.length > mostShown ? [`and ${more} more: --json lists them`] : []), ...report.notes].join('\n');
}

function describeProgress({ phase, progress: { runs, totalRuns, added } }: Transfer): string {
  const of = totalRuns === undefined ? '' : ` of ${totalRuns}`;
  return `${phase.padEnd(8)} ${runs}${of} runs, ${added.metrics} points, ${added.artifacts} files (${formatBytes(added.bytes)}) new`;
}

/** Shows a transfer until it ends; Ctrl-C cancels it. */
function follow(client: CompanionClient, started: Transfer, output: Output): Promise<Transfer> {
  let shown = '';
  const look = async (): Promise<Transfer | undefined> => {
    const current = await client.call('getTransfer', { id: started.id });
    const line = describeProgress(current);
    if (line !== shown) {
      output.progress(line);
      shown = line;
    }
    return current.state === 'running' ? undefined : current;
  };
  return cancelOnInterrupt(output, {
    follow: () => poll(look, { every: pollMilliseconds }),
    cancel: () => client.call('cancelTransfer', { id: started.id }),
    said: 'Cancelling; what was carried stays.',
  });
}

const exitCodeOfState: Readonly<Record<TransferState, number>> = {
  running: exitCodes.failed,
  succeeded: exitCodes.success,
  incomplete: exitCodes.failed,
  failed: exitCodes.failed,
  cancelled: exitCodes.cancelled,
  interrupted: exitCodes.unavailable,
};

async function transfer(direction: TransferDirection, location: string, options: TransferOptions, output: Output): Promise<number> {
  const client = await connect();
  const started = await client.call('startTransfer', {
    direction,
    location: wholeLocation(location),
    follow: options.follow === true,
    verify: options.quick === true ? 'sizes' : 'digests',
    credentials: loginOfEnvironment(),
    ...(options.python === undefined ? {} : { python: pythonPath(options.python) }),
    ...(options.artifacts === undefined ? {} : { artifacts: wholeLocation(options.artifacts) }),
  });
  const ended = await follow(client, started, output);
  output.result(ended, () => {
    const colour = ended.state === 'succeeded' ? colors.green : ended.state === 'incomplete' ? colors.yellow : colors.red;
    return [...(ended.report === undefined ? [] : [describeReport(ended.report)]), `${colour(ended.state)} ${ended.message}`].join('\n');
  });
  return lookUp(exitCodeOfState, ended.state) ?? exitCodes.failed;
}

function importCommand(program: Command, run: ActionRunner): void {
  program
    .command('import')
    .description('take over what an MLflow database, an mlruns folder or an MLflow server holds; again: only what is new')
    .argument('<source>', 'mlflow.db, a folder, or the URL of a server')
    .option('--artifacts <place>', 'where artifacts of "mlflow-artifacts:" lie that a database or folder names: a server, or its artifact folder')
    .option('--follow', 'follow locations and links of a database or folder that lead out of it; else what lies there is named in the report, not carried')
    .option('--quick', 'compare artifacts by their sizes at the end, not by their sha256')
    .addHelpText('after', examples('import mlflow.db', 'import ./mlruns', 'import https://mlflow.example.com', 'import mlflow.db --artifacts ./mlartifacts'))
    .action(run((output, source: string, options: TransferOptions) => transfer('import', source, options, output)));
}

function exportCommand(program: Command, run: ActionRunner): void {
  program
    .command('export')
    .description('give everything to an MLflow server, or write an mlflow.db or an mlruns folder that MLflow opens; again: only what is new')
    .requiredOption('--to <target>', 'the URL of a server, mlflow.db, or a folder')
    .option('--artifacts <folder>', 'where artifacts of a database go (default: mlartifacts beside it)')
    .option('--python <python>', 'Python with MLflow 3, which makes a database that is not there', activePython())
    .option('--quick', 'compare artifacts by their sizes at the end, not by their sha256')
    .addHelpText(
      'after',
      `${examples('export --to https://mlflow.example.com', 'export --to mlflow.db', 'export --to ./mlruns')}

MLflow opens the database with "mlflow server --backend-store-uri sqlite:///mlflow.db".`,
    )
    .action(run((output, options: TransferOptions & { to: string }) => transfer('export', options.to, options, output)));
}

export const transferCommands: CommandGroup = (program, run) => {
  importCommand(program, run);
  exportCommand(program, run);
  program
    .command('transfers')
    .description('list imports and exports, or show the report of one')
    .argument('[id]', 'the beginning of its id')
    .addHelpText('after', examples('transfers', 'transfers 3f2a'))
    .action(
      run(async (output, id: string | undefined) => {
        const client = await connect();
        const { transfers } = await client.call('listTransfers', {});
        if (id === undefined) {
          output.result({ transfers }, () =>
            table(
              ['id', '', 'where', 'state', '>runs', 'started'],
              transfers.map((one) => [short(one.id), one.direction, one.location, one.state, String(one.progress.runs), formatAge(one.startedAt)]),
              'No imports or exports.',
            ),
          );
          return;
        }
        const found = transfers.find((one) => one.id.startsWith(id));
        if (found === undefined) {
          throw new CallFailure('not-found', `There is no transfer ${id}.`, { remedy: 'List them with "slipway transfers".' });
        }
        output.result(found, () => [...(found.report === undefined ? [] : [describeReport(found.report)]), `${found.state} ${found.message}`].join('\n'));
      }),
    );
};
