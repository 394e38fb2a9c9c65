import path from 'node:path';
import { z } from 'zod';
import { freePort } from '../../server/deployments/targets/process/freePort.ts';
import { createCompanionClient, type CompanionClient } from '../../server/client/companionClient.ts';
import { discoverCompanion } from '../../server/client/discover.ts';
import { comparisonCells } from '../../server/cli/trackingCommands.ts';
import { describeMonitoring } from '../../server/cli/monitoringCommands.ts';
import { short, table } from '../../server/cli/output.ts';
import { formatDuration } from '../../server/contract/format/durations.ts';
import { describeVersion } from '../../server/cli/registryCommands.ts';
import { endpoint as endpointSchema, rollout as rolloutSchema } from '../../server/contract/deployments.ts';
import type { Monitoring } from '../../server/contract/monitoring.ts';
import { modelVersion } from '../../server/contract/registry.ts';
import { comparison as comparisonSchema } from '../../server/contract/tracking.ts';
import { poll } from '../../server/platform/time/poll.ts';
import { root } from '../setup/step.mjs';
import { readCustomers, type Customer } from './customers.ts';
import { demoHome, freshHome, stopCompanion, writeSettings } from './home.ts';
import { ask, percentile, startLoad, type Answer } from './load.ts';
import { readOptions, type DemoOptions } from './options.ts';
import { deployBoosted } from './boosted.ts';
import { makeFolder } from './folder.ts';
import { demonstrateGovernance } from './govern.ts';
import { demonstrateShift } from './shift.ts';
import { slipway } from './slipway.ts';
import { chooseTarget } from './target.ts';
import { createTranscript, hold, type Transcript } from './transcript.ts';

const sample = path.join(root, 'media/sample');
const endpointName = 'churn';
const firstRequests = 200;
const requestsPerSecond = 40;

const executed = z.object({ captureRunId: z.string(), runs: z.array(z.object({ runId: z.string(), name: z.string() })) });
const deployed = z.object({ rollout: rolloutSchema, endpoint: endpointSchema });
const rolledBack = z.object({ rollout: rolloutSchema, durationMs: z.number() });

interface Result {
  readonly ok: boolean;
  readonly target: string;
  readonly runs: number;
  readonly versions: number;
  readonly endpoint: string;
  readonly requests: number;
  readonly failed: number;
  readonly p50_ms: number;
  readonly p99_ms: number;
  readonly deploy_s: number;
  readonly rollback_ms: number;
  readonly audit_entries: number;
  /** Seconds from the last shifted request until somebody was told. */
  readonly told_s: number;
  readonly accuracy_before: number;
  readonly accuracy_after: number;
  /** Versions that a gate refused and that was promoted, and the one that the drift made. */
  readonly refused: number;
  readonly promoted: number;
  readonly retrained: number;
  /** Seconds from the alarm of drift to that one. */
  readonly retrained_s: number;
  readonly workers: number;
  /** Everything after the set-up. */
  readonly seconds: number;
}

async function connectToDemo(): Promise<CompanionClient> {
  const lock = await discoverCompanion(demoHome);
  hold(lock !== undefined, 'The companion does not answer.');
  return createCompanionClient(lock);
}

function failedAnswers(answers: readonly Answer[]): Answer[] {
  return answers.filter(({ status }) => status !== 200);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function present(values: readonly (number | null)[]): number[] {
  return values.filter((value) => value !== null);
}

/** The whole road: notebook, runs, versions, endpoint, monitoring, canary, rollback, policy, gates, promotion, drift, retraining. Throws when a part of it does not hold. */
async function demonstrate(options: DemoOptions, transcript: Transcript): Promise<Result> {
  const truth = readCustomers(path.join(sample, 'churn.csv'));
  const customers = [...truth.keys()];
  const home = await freshHome();
  const python = process.env['SLIPWAY_TEST_PYTHON'] ?? 'python3';
  const { target, settings } = await chooseTarget(options.target, python, transcript);
  // Settings rather than variables: a companion that is started later for the kept endpoint must find the same.
  writeSettings({ ...settings, gatewayPort: await freePort() });
  const environment = {
    ...process.env,
    SLIPWAY_HOME: home,
    SLIPWAY_PORT: '0',
    SLIPWAY_KERNEL_PYTHON: python,
  };
  const folder = makeFolder(path.join(path.dirname(home), 'project'));
  const started = performance.now();
  const command = { environment, progress: (line: string) => transcript.lines(line) };

  transcript.step('Run the notebook three times, with a real kernel and plain mlflow');
  const runIds: string[] = [];
  // The first one starts the companion, which the others find; the last one gives all customers nearly the same answer.
  const execute = async (regularization: number): Promise<z.output<typeof executed>> => slipway(['run', folder.notebook, '-p', `regularization=${regularization}`], executed, { environment });
  const first = execute(1.0);
  await Promise.race([first, poll(async () => await discoverCompanion(demoHome), { every: 200 })]);
  const others = [execute(0.02), execute(0.0001)];
  others.forEach((run) => void run.catch(() => undefined));
  for (const [index, run] of [first, ...others].entries()) {
    transcript.command(`slipway run churn.ipynb -p regularization=${[1.0, 0.02, 0.0001][index] ?? ''}`);
    const { runs, captureRunId } = await run;
    const [logged] = runs;
    hold(logged !== undefined && runs.length === 1, 'The training cell did not log exactly one run.');
    transcript.held(`run ${logged.name}, linked to its cell; captured run ${captureRunId.slice(0, 8)}`);
    runIds.push(logged.runId);
  }
  const client = await connectToDemo();
  // Beside the rest: it needs an environment of its own.
  const boosting = deployBoosted(folder, target, connectToDemo, command);
  boosting.catch(() => undefined);

  transcript.step('Compare them');
  transcript.command('slipway compare RUN RUN RUN');
  const comparison = await slipway(['compare', ...runIds], comparisonSchema, { environment });
  const differing = comparison.rows.filter(({ kind, differs }) => differs && (kind === 'param' || kind === 'metric'));
  hold(differing.some(({ kind, key }) => kind === 'param' && key === 'regularization'), 'The comparison does not show the parameter that differs.');
  transcript.lines(table(['', '', ...comparison.runs.map(({ name }) => `>${name}`)], differing.map(comparisonCells), ''));

  transcript.step('Register the models, with their lineage');
  for (const [index, runId] of runIds.entries()) {
    transcript.command('slipway register churn --run RUN');
    const version = await slipway(['register', 'churn', '--run', runId], modelVersion, { environment });
    hold(version.version === index + 1, `Expected version ${index + 1}, got ${version.version}.`);
    const { cell, git, data, environment: lock } = version.lineage;
    hold(cell?.notebook === folder.notebook && git !== undefined && data.length > 0 && lock !== undefined, `Version ${version.version} lacks a part of its lineage.`);
    transcript.lines(describeVersion(version));
  }

  transcript.step(`Deploy version 1 (${target})`);
  transcript.command(`slipway deploy churn:1 --target ${target} --workers 2`);
  const deployStarted = performance.now();
  const deploy = await slipway(['deploy', 'churn:1', '--endpoint', endpointName, '--target', target, '--workers', '2'], deployed, command);
  const deploySeconds = (performance.now() - deployStarted) / 1000;
  const { url, liveRelease } = deploy.endpoint;
  hold(deploy.endpoint.liveVersion === 1 && deploy.endpoint.target === target, 'Version 1 is not live.');
  const { workers } = (await client.call('getRelease', { digest: liveRelease ?? '' })).serving;
  hold(workers === 2, `It has ${workers} workers.`);
  transcript.held(`${url}/invocations serves version 1 by ${workers} workers after ${deploySeconds.toFixed(1)} s`);

  transcript.step(`Send ${firstRequests} requests and watch exactly those`);
  const answers: Answer[] = [];
  for (const customer of customers.slice(0, firstRequests)) {
    answers.push(await ask(url, customer));
  }
  hold(failedAnswers(answers).length === 0, `${failedAnswers(answers).length} of the first requests failed.`);
  transcript.command(`slipway monitor ${endpointName}`);
  const watched = await client.call('getMonitoring', { name: endpointName });
  hold(watched.total.requests === firstRequests, `Monitoring counts ${watched.total.requests} requests instead of ${firstRequests}.`);
  checkStatistics(watched.features, answers.map(({ customer }) => customer));
  transcript.lines(describeMonitoring(watched));

  transcript.step(`Move to version 2 by a canary, under ${requestsPerSecond} requests a second`);
  const load = startLoad(url, customers, requestsPerSecond);
  try {
    transcript.command('slipway deploy churn:2 --canary 10,50 --step-seconds 2');
    const canary = await slipway(
      ['deploy', 'churn:2', '--endpoint', endpointName, '--target', target, '--canary', '10,50', '--step-seconds', '2', '--minimum-requests', '5'],
      deployed,
      command,
    );
    hold(canary.rollout.state === 'succeeded' && canary.endpoint.liveVersion === 2, 'Version 2 is not live after the canary.');
    transcript.held('version 2 serves all requests; version 1 stays warm');

    transcript.step('Roll back to version 1, under the same load');
    transcript.command(`slipway rollback ${endpointName}`);
    const back = await slipway(['rollback', endpointName, '--reason', 'demo'], rolledBack, command);
    const afterRollback = load.answers.length;
    const endpoint = await client.call('getEndpoint', { name: endpointName });
    const { aliases } = await client.call('getModel', { name: 'churn' });
    hold(endpoint.liveVersion === 1 && aliases['champion'] === 1, 'Version 1 with its alias is not back.');
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const untilHere = load.answers.length;
    // Requests that were out while the route changed may still be answered by version 2.
    const last = load.answers.slice(afterRollback + requestsPerSecond / 2, untilHere);
    hold(last.length > 0 && last.every(({ release }) => release === endpoint.liveRelease), 'Requests after the rollback were not answered by version 1.');
    transcript.held(`version 1 is back in ${formatDuration(back.durationMs)}, alias @champion with it (release ${short(endpoint.liveRelease)})`);

    await demonstrateGovernance({ folder, endpoint: endpointName, python, good: 2, bad: 3, client, command, transcript });
    await load.stop();
    const all = [...answers, ...load.answers];
    const failed = failedAnswers(all).length;
    hold(failed === 0, `${failed} of ${all.length} requests failed.`);
    const total = await client.call('getMonitoring', { name: endpointName });
    hold(total.total.requests === all.length, `Monitoring counts ${total.total.requests} requests instead of ${all.length}.`);
    const served = new Set(all.map(({ release }) => release));
    hold(served.size >= 2, 'The load was not answered by both versions.');
    transcript.held(`${all.length} requests, none failed`);

    transcript.step('A model of another library: XGBoost, deployed meanwhile');
    transcript.command('slipway run boosted.ipynb; slipway register churn-boosted --run RUN; slipway deploy churn-boosted:1 --workers 2');
    const boosted = await boosting;
    transcript.held(`${boosted.url}/invocations answers ${boosted.answer} by ${boosted.workers} workers (${boosted.flavors.join(', ')})`);

    const shifted = await demonstrateShift({ endpoint: endpointName, url, customers, truth, usual: all, client, command, transcript, folder, python });

    const audit = await client.call('verifyAudit', {});
    hold(audit.intact && audit.entries > 0, 'The audit log is not intact.');
    transcript.held(`audit log: ${audit.entries} entries, chain intact`);

    hold((await client.call('getModel', { name: 'churn' })).aliases['candidate'] === shifted.candidate, 'The retrained version is not the candidate.');
    const times = all.map(({ milliseconds }) => milliseconds);
    const { models } = await client.call('listModels', {});
    return {
      ok: true,
      target,
      runs: runIds.length,
      versions: models.reduce((sum, { versions }) => sum + versions.length, 0),
      endpoint: `${url}/invocations`,
      requests: all.length,
      failed,
      p50_ms: round(percentile(times, 0.5)),
      p99_ms: round(percentile(times, 0.99)),
      deploy_s: round(deploySeconds),
      rollback_ms: round(back.durationMs),
      audit_entries: audit.entries,
      told_s: round(shifted.told_s),
      accuracy_before: round(shifted.accuracy_before),
      accuracy_after: round(shifted.accuracy_after),
      refused: 3,
      promoted: 2,
      retrained: shifted.candidate,
      retrained_s: round(shifted.retrained_s),
      workers: boosted.workers,
      seconds: round((performance.now() - started) / 1000),
    };
  } finally {
    await load.stop();
  }
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}

/** The statistics that monitoring shows must be those of the rows that were sent. */
function checkStatistics(features: Monitoring['features'], sent: readonly Customer[]): void {
  const tenure = features.find(({ name }) => name === 'tenure_months')?.live;
  const expected = mean(present(sent.map((customer) => customer.tenure_months)));
  hold(tenure?.kind === 'numeric' && Math.abs((tenure.mean ?? Number.NaN) - expected) < 1e-6, 'The mean of tenure_months is not that of the rows sent.');
  const charges = features.find(({ name }) => name === 'monthly_charges')?.live;
  const missing = sent.filter((customer) => customer.monthly_charges === null).length;
  const counted = charges == null || charges.kind === 'unknown' ? undefined : charges.missing;
  hold(counted === missing, `Monitoring counts ${counted ?? 'no'} missing monthly_charges instead of ${missing}.`);
  const contract = features.find(({ name }) => name === 'contract')?.live;
  const monthly = sent.filter((customer) => customer.contract === 'monthly').length;
  hold(
    contract?.kind === 'categorical' && contract.top.find(({ value }) => value === 'monthly')?.count === monthly,
    'The count of monthly contracts is not that of the rows sent.',
  );
}

const options = readOptions(process.argv.slice(2));
const transcript = createTranscript(options.json);
transcript.title('Slipway: a model leaves a notebook, serves, is watched, and is put back');
let result: Result | { readonly ok: false; readonly error: string };
try {
  result = await demonstrate(options, transcript);
  transcript.title(options.keep ? 'The endpoint and the companion are still up.' : 'All of it held.');
  transcript.lines(
    [
      'See the same in VS Code:',
      `  npm run demo -- --keep && SLIPWAY_HOME=${path.relative(root, demoHome)} npm start`,
      'Then open churn.ipynb, the Slipway view in the activity bar, and "Slipway: Open Monitoring".',
    ].join('\n'),
  );
} catch (error) {
  result = { ok: false, error: error instanceof Error ? error.message : String(error) };
  process.stderr.write(`\nThe demo failed: ${result.error}\n`);
  process.exitCode = 1;
}
if (!options.keep) {
  await stopCompanion(demoHome);
}
if (options.json) {
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
