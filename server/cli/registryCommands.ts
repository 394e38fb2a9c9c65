import path from 'node:path';
import colors from 'picocolors';
import { shortDigest } from '../contract/format/digests.ts';
import type { CallInput } from '../contract/api.ts';
import type { LoadCheck } from '../contract/loadChecks.ts';
import type { ModelVersion } from '../contract/registry.ts';
import { CallFailure } from '../client/callFailure.ts';
import type { CompanionClient } from '../client/companionClient.ts';
import { examples, type CommandGroup } from './command.ts';
import { connect } from './connection.ts';
import { describeLoadCheck } from './loadCheckCommand.ts';
import { findRun } from './findRun.ts';
import { facts, short, table } from './output.ts';
import { formatBytes } from '../contract/format/bytes.ts';
import { activePython, pythonPath } from './pythonPath.ts';
import { formatAge } from '../contract/format/durations.ts';
import { collect, count } from './words.ts';

function lineageFacts({ lineage }: ModelVersion): [string, string][] {
  const { cell, git, data, environment, runId } = lineage;
  return [
    ['run', runId ?? '-'],
    ['notebook', cell === undefined ? '-' : `${cell.notebook}, cell ${cell.cellIndex + 1}`],
    ['git', git === undefined ? '-' : `${shortDigest(git.commit)}${git.branch === undefined ? '' : ` (${git.branch})`}${git.dirty ? colors.yellow(' dirty') : ' clean'}`],
    ...data.map(({ path, sha256, bytes }): [string, string] => ['data', `${path}  ${short(sha256)}  ${formatBytes(bytes)}`]),
    ['environment', environment === undefined ? '-' : `${short(environment.sha256)}, ${environment.packages} packages, Python ${environment.python}`],
  ];
}

interface RegisterOptions {
  readonly run?: string;
  readonly model?: string;
  readonly file?: string;
  readonly example?: string;
  readonly python?: string;
  readonly alias: string[];
  readonly description?: string;
}

function requireOneSource({ run, model, file, example, python }: RegisterOptions): void {
  if ([run, model, file].filter((source) => source !== undefined).length !== 1) {
    throw new CallFailure('invalid-input', 'Say one of --run, --model and --file.', { remedy: '"slipway runs" lists the runs.' });
  }
  if (file === undefined && (example ?? python) !== undefined) {
    throw new CallFailure('invalid-input', '--example and --python belong to --file.', { remedy: 'A logged model has its example and its packages already.' });
  }
}

/** Paths count from where the command line was started. */
async function sourceOf(client: CompanionClient, { run, model, file, example, python }: RegisterOptions): Promise<CallInput<'registerVersion'>['source']> {
  if (file !== undefined) {
    const named = python === undefined ? activePython() : pythonPath(python);
    return { kind: 'file', path: path.resolve(file), ...(example === undefined ? {} : { example: path.resolve(example) }), ...(named === undefined ? {} : { python: named }) };
  }
  return run === undefined ? { kind: 'logged-model', modelId: model ?? '' } : { kind: 'latest-of-run', runId: await findRun(client, run) };
}

/** A version with its lineage, and whether it loads elsewhere where that was checked, for people. */
export function describeVersion(version: ModelVersion, check?: LoadCheck): string {
  return facts([
    ['model', `${colors.bold(version.name)} version ${version.version}${version.aliases.map((alias) => ` @${alias}`).join('')}`],
    ...(version.server === undefined ? [] : [['on', version.server] as const]),
    ['digest', version.digest === undefined ? '-' : short(version.digest)],
    ...lineageFacts(version),
    ...(check === undefined ? [] : [['check', describeLoadCheck(check)] as const]),
  ]);
}

export const registryCommands: CommandGroup = (program, run) => {
  program
    .command('register')
    .description('make a logged model, or a file that was never logged, the next version of a registered model')
    .argument('<model>', 'registered model; created if needed')
    .option('--run <run>', 'take the model that this run logged last; the beginning of an id will do')
    .option('--model <id>', 'take this logged model (m-...)')
    .option('--file <file>', 'take this file: .joblib, .pkl or .skops of scikit-learn, .json or .ubj of XGBoost, .txt of LightGBM, .cbm of CatBoost, .onnx')
    .option('--example <file>', 'with --file: rows that it predicts, as CSV with a line of names or as JSON; its signature is taken from them')
    .option('--python <python>', "with --file: the Python of the environment that it was trained in; this shell's, where one is active")
    .option('--alias <alias>', 'alias for the new version; may be repeated', collect, [])
    .option('--description <text>', 'what is special about it')
    .addHelpText('after', examples('register churn --run 9a08399ea9ce', 'register churn --model m-da47540b390a41d499838323d9ca30a7 --alias challenger', 'register churn --file model.joblib --example rows.csv'))
    .action(
      run(async (output, name: string, options: RegisterOptions) => {
        requireOneSource(options);
        const client = await connect();
        const version = await client.call('registerVersion', {
          name,
          source: await sourceOf(client, options),
          aliases: options.alias,
          ...(options.description === undefined ? {} : { description: options.description }),
        });
        output.result(version, () => describeVersion(version));
      }),
    );

  program
    .command('models')
    .description('list registered models, or the versions of one')
    .argument('[model]')
    .addHelpText('after', examples('models', 'models churn'))
    .action(
      run(async (output, name?: string) => {
        const client = await connect();
        if (name === undefined) {
          const { models } = await client.call('listModels', {});
          output.result({ models }, () =>
            table(
              ['model', '>versions', 'aliases', 'updated'],
              models.map((model) => [
                model.name,
                String(model.versions.length),
                Object.entries(model.aliases).map(([alias, version]) => `@${alias} ${version}`).join(', '),
                formatAge(model.updatedAt),
              ]),
              'No registered models. "slipway register" makes one.',
            ),
          );
          return;
        }
        const model = await client.call('getModel', { name });
        const { checks } = await client.call('listLoadChecks', { name });
        const loads = new Map(checks.map((check) => [check.version, check]));
        output.result({ ...model, loadChecks: checks }, () => model.versions.map((version) => describeVersion(version, loads.get(version.version))).join('\n\n') || colors.dim('No versions.'));
      }),
    );

  program
    .command('alias')
    .description('point an alias to a version, or remove it')
    .argument('<model>')
    .argument('<alias>')
    .argument('[version]', 'leave it out to remove the alias', count)
    .addHelpText('after', examples('alias churn challenger 2', 'alias churn challenger'))
    .action(
      run(async (output, name: string, alias: string, version?: number) => {
        const client = await connect();
        const model = version === undefined ? await client.call('deleteAlias', { name, alias }) : await client.call('setAlias', { name, alias, version });
        output.result(model, () => (version === undefined ? `@${alias} is removed.` : `@${alias} is version ${version}.`));
      }),
    );
};
