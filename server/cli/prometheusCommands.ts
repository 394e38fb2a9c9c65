import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { CallFailure } from '../client/callFailure.ts';
import { dataHomePath } from '../platform/dataHome.ts';
import { messageOf } from '../platform/errors.ts';
import { describeHome } from '../platform/home.ts';
import { scrapeConfig } from '../prometheus/scrapeConfig.ts';
import { examples, type CommandGroup } from './command.ts';
import { connect } from './connection.ts';

interface ConfigOptions {
  readonly credentialsFile?: string;
  readonly rules: readonly string[];
}

interface GrafanaOptions {
  readonly out: string;
  readonly prometheus: string;
}

export const prometheusCommands: CommandGroup = (program, run) => {
  const prometheus = program.command('prometheus').description('what Prometheus needs to scrape Slipway and to know its alert rules').addHelpText('after', examples('prometheus config > prometheus.yml', 'prometheus rules > slipway-rules.yml'));
  prometheus
    .command('config')
    .description('print a prometheus.yml that scrapes companion, gateway and model servers')
    .option('--credentials-file <file>', 'where Prometheus reads the scrape token (default: where it lies in the data home)')
    .option('--rules <file...>', 'files of alert rules that Prometheus is to read', [])
    .addHelpText('after', examples('prometheus config > prometheus.yml', 'prometheus config --credentials-file /etc/prometheus/slipway.token --rules slipway-rules.yml'))
    .action(
      run(async (output, options: ConfigOptions) => {
        const client = await connect();
        const [{ port }, { gatewayPort }] = await Promise.all([client.call('getStatus', {}), client.call('getSettings', {})]);
        const credentialsFile = path.resolve(options.credentialsFile ?? describeHome(dataHomePath()).scrapeTokenFile);
        const config = scrapeConfig({ companionPort: port, gatewayPort, credentialsFile, ruleFiles: options.rules });
        output.result({ config, credentialsFile }, () => config.trimEnd());
      }),
    );
  prometheus
    .command('rules')
    .description('print the alert rules in force as rules of Prometheus')
    .addHelpText('after', examples('prometheus rules > slipway-rules.yml'))
    .action(
      run(async (output) => {
        const client = await connect();
        const { endpoints } = await client.call('listEndpoints', {});
        const { alertRules } = await import('../prometheus/alertRules.ts');
        const rules = alertRules(await Promise.all(endpoints.map(async ({ name }) => ({ endpoint: name, ...(await client.call('listAlerts', { name })) }))), Date.now());
        output.result({ rules }, () => rules.trimEnd());
      }),
    );

  program
    .command('grafana')
    .description('write a dashboard for Grafana, and the files by which it finds it')
    .requiredOption('--out <folder>', 'where to write them')
    .option('--prometheus <url>', 'where Grafana finds Prometheus', 'http://127.0.0.1:9090')
    .addHelpText('after', examples('grafana --out ./grafana', 'grafana --out /etc/grafana/slipway --prometheus http://prometheus:9090'))
    .action(
      run(async (output, options: GrafanaOptions) => {
        const folder = path.resolve(options.out);
        if (!URL.canParse(options.prometheus)) {
          throw new CallFailure('invalid-input', `${options.prometheus} is not a URL.`, { field: 'prometheus', remedy: 'Give one such as http://127.0.0.1:9090.' });
        }
        const { grafanaFiles } = await import('../prometheus/grafanaFiles.ts');
        const files = grafanaFiles(folder, options.prometheus).map((file) => ({ ...file, path: path.join(folder, file.path) }));
        try {
          for (const { path: file, content } of files) {
            await mkdir(path.dirname(file), { recursive: true });
            await writeFile(file, content);
          }
        } catch (error) {
          throw new CallFailure('invalid-input', `${folder} cannot be written: ${messageOf(error)}`, { field: 'out', remedy: 'Name a folder that you may write.' });
        }
        output.result({ files: files.map((file) => file.path) }, () => [...files.map((file) => file.path), '', `Start Grafana with GF_PATHS_PROVISIONING=${path.join(folder, 'provisioning')}, or copy what is in it into Grafana's own.`].join('\n'));
      }),
    );
};
