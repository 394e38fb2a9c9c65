import path from 'node:path';
import colors from 'picocolors';
import { describeDecision, describeEnd, describeFed, explanationFacts } from '../contract/format/lineage.ts';
import { formatTime } from '../contract/format/times.ts';
import { examples, type CommandGroup } from './command.ts';
import { connect } from './connection.ts';
import { facts, short, table } from './output.ts';
import { moment } from './words.ts';

export const lineageCommands: CommandGroup = (program, run) => {
  program
    .command('why')
    .description('why a request got its answer: release, version, run, cell and data')
    .argument('<request>', 'its id, which the answer has in the header x-request-id')
    .option('--endpoint <name>', 'look in the log of this endpoint alone')
    .addHelpText('after', examples('why 0192f0c4-7a55-7bd2-8d0c-3a1f0c7c2b11', 'why order-4711 --endpoint churn'))
    .action(
      run(async (output, id: string, options: { endpoint?: string }) => {
        const client = await connect();
        const explanation = await client.call('explainRequest', { id, ...(options.endpoint === undefined ? {} : { endpoint: options.endpoint }) });
        output.result(explanation, () => facts(explanationFacts(explanation)));
      }),
    );

  program
    .command('feeds')
    .description('which versions were trained on a file, by its path, and by its content wherever it lies')
    .argument('[file]', 'all known files unless given')
    .addHelpText('after', examples('feeds data/customers.csv', 'feeds'))
    .action(
      run(async (output, named: string | undefined) => {
        const client = await connect();
        const found = await client.call('listFed', named === undefined ? {} : { path: path.resolve(named) });
        output.result(found, () =>
          table(
            ['file', 'what', 'run', 'content'],
            found.fed.map((each) => [each.file.path, describeFed(each), short(each.runId), found.file === undefined ? short(each.file.sha256) : found.file.sha256 === each.file.sha256 ? 'the same' : colors.yellow('another one then')]),
            named === undefined ? 'No version has a data file that is known.' : 'No version was trained on it, as far as is known: captured cells that name the file, and mlflow.log_input, tell.',
          ),
        );
      }),
    );

  program
    .command('live')
    .description('what each endpoint served at a time and who decided it, by the audit log: also of endpoints that are gone')
    .option('--at <time>', 'such as 2026-11-24T14:03 (local time) or with a zone; now unless given', moment)
    .option('--endpoint <name>', 'only this one')
    .addHelpText('after', examples('live --at 2026-11-24T14:03', 'live --at "2026-11-24 14:03" --endpoint churn'))
    .action(
      run(async (output, options: { at?: number; endpoint?: string }) => {
        const client = await connect();
        const found = await client.call('listLiveAt', { at: options.at ?? Date.now(), ...(options.endpoint === undefined ? {} : { endpoint: options.endpoint }) });
        output.result(found, () =>
          table(
            ['endpoint', 'version', 'release', 'until', 'decided'],
            found.live.map((each) => [each.endpoint, `${each.model}:${each.version}`, short(each.release), describeEnd(each), describeDecision(each.decision)]),
            `Nothing was live ${formatTime(found.at)}.`,
          ),
        );
      }),
    );
};
