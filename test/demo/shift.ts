import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import type { CompanionClient } from '../../server/client/companionClient.ts';
import { formatDuration } from '../../server/contract/format/durations.ts';
import { formatShare } from '../../server/contract/format/numbers.ts';
import { goesOn } from '../../server/contract/retraining.ts';
import { poll } from '../../server/platform/time/poll.ts';
import type { Customer } from './customers.ts';
import type { DemoFolder } from './folder.ts';
import { policyText } from './govern.ts';
import { startLoad, type Answer } from './load.ts';
import { startReceiver } from './receiver.ts';
import { slipway, type CommandOptions } from './slipway.ts';
import { hold, type Transcript } from './transcript.ts';

const requestsPerSecond = 20;
const shiftSeconds = 30;
const minute = 60_000;
/** Within this an incident is told, however busy the machine. */
const patience = 90_000;

export interface ShiftSetting {
  readonly endpoint: string;
  readonly url: string;
  readonly customers: readonly Customer[];
  /** Whether each of the customers left, as became known later. */
  readonly truth: ReadonlyMap<Customer, number>;
  /** Answers to requests as they are. */
  readonly usual: readonly Answer[];
  readonly client: CompanionClient;
  readonly command: CommandOptions;
  readonly transcript: Transcript;
  readonly folder: DemoFolder;
  readonly python: string;
}

export interface Shifted {
  readonly answers: readonly Answer[];
  /** From the last shifted request until somebody was told. */
  readonly told_s: number;
  readonly accuracy_before: number;
  readonly accuracy_after: number;
  /** From the alarm of drift until the retrained candidate was there. */
  readonly retrained_s: number;
  readonly candidate: number;
}

/**
 * What breaks silently: the tenure comes in years, not months, and no customer has a contract of two years any more. Every request is answered. Drift says so first, without
 * labels, and the model is trained anew; labels say what it cost.
 */
export async function demonstrateShift({ endpoint, url, customers, truth, usual, client, command, transcript, folder, python }: ShiftSetting): Promise<Shifted> {
  const receiver = await startReceiver();
  try {
    transcript.step('Say whom incidents are told');
    transcript.command(`slipway channels on-call --add webhook --field url=${receiver.url}`);
    await slipway(['channels', 'on-call', '--add', 'webhook', '--field', `url=${receiver.url}`], z.unknown(), command);
    transcript.held('a local server stands for the on-call tool');

    transcript.step('The traffic shifts: tenure comes in years, and one contract is gone; every request is answered');
    const startsAt = Date.now();
    const shifted = new Map(customers.filter(({ contract }) => contract !== 'two-year').map((customer) => [{ ...customer, tenure_months: customer.tenure_months === null ? null : Math.round(customer.tenure_months / 12) }, customer]));
    const load = startLoad(url, [...shifted.keys()], requestsPerSecond);
    await new Promise((resolve) => setTimeout(resolve, shiftSeconds * 1000));
    await load.stop();
    const answers = load.answers.map((answer) => ({ ...answer, customer: shifted.get(answer.customer) ?? answer.customer }));
    const sentAt = Date.now();
    hold(answers.every(({ status }) => status === 200), 'A shifted request was refused.');
    transcript.held(`${answers.length} requests, all answered`);

    transcript.step('Drift says so: the incident is told, and the notebook is run again');
    // An alarm looks at whole minutes of the live release; of this one there is little else than what has shifted.
    const windowMinutes = Math.max(1, Math.floor((sentAt - startsAt) / minute));
    const drift = (more: readonly string[] = []): readonly string[] => ['    alerts:', `      drift: { windowMinutes: ${windowMinutes} }`, ...more];
    transcript.command('slipway policy --apply slipway.yaml');
    transcript.lines(drift().join('\n'));
    await slipway(['policy', '--apply', folder.policy(policyText(python, drift()))], z.unknown(), command);
    const told = await receiver.next(({ event, title }) => event === 'firing' && title.includes('tenure_months'), patience);
    hold(told !== undefined, 'Nobody was told that tenure_months has moved.');
    const { incidents } = await client.call('listIncidents', { endpoint });
    const [incident] = incidents;
    hold(incident !== undefined, 'There is no incident.');
    const { alerts } = await client.call('getIncident', { id: incident.id });
    const firedAt = alerts.find(({ rule }) => rule === 'drift')?.firedAt;
    hold(firedAt != null, 'The rule of drift did not fire.');
    transcript.held(`the alarm fired ${formatDuration(Math.max(0, firedAt - sentAt))} after the last of them and opened incident ${incident.id}; on-call was told ${formatDuration(told.at - sentAt)} after it:`);
    transcript.lines(`  ${told.severity}: ${told.title}`);
    const span = { name: endpoint, from: startsAt, to: sentAt };
    const { verdict } = await client.call('getMonitoring', span);
    const retrained = await poll(async () => {
      const [last] = (await client.call('listRetraining', { model: 'churn' })).models[0]?.retrainings ?? [];
      return last === undefined || goesOn(last) ? undefined : last;
    }, { every: 200 });
    hold(retrained.state === 'succeeded' && retrained.trigger === 'drift' && retrained.version !== undefined, `The drift did not retrain the model: ${retrained.message}`);
    const retrainedSeconds = ((retrained.endedAt ?? Date.now()) - firedAt) / 1000;
    transcript.command('slipway retraining churn');
    transcript.held(`${retrained.trigger}: ${retrained.cause ?? ''}`);
    transcript.held(`the notebook made version ${retrained.version} as @candidate ${formatDuration(retrainedSeconds * 1000)} after the alarm; nothing serves it before its gates`);
    hold(told.title.includes('contract (two-year'), 'The alarm does not say that a contract is gone.');
    transcript.lines(`  ${verdict?.advice ?? ''}`);

    transcript.step('Labels come and say what it cost');
    const file = path.join(folder.path, 'labels.csv');
    const known = [...usual, ...answers].flatMap(({ requestId, customer }) => (requestId === undefined ? [] : [`${requestId},${truth.get(customer) ?? ''}`]));
    writeFileSync(file, `request_id,label\n${known.join('\n')}\n`);
    transcript.command(`slipway labels ${endpoint} labels.csv --source billing`);
    await slipway(['labels', endpoint, file, '--source', 'billing'], z.unknown(), command);
    const accuracyOf = async (from: number, to: number): Promise<{ readonly value: number; readonly text: string }> => {
      const { total } = await client.call('getPerformance', { name: endpoint, from, to, windows: 1 });
      const figure = 'metrics' in total.evaluation ? total.evaluation.metrics.find(({ metric }) => metric === 'accuracy') : undefined;
      hold(typeof figure?.value === 'number', 'The labels give no accuracy.');
      const interval = figure.interval === undefined ? '' : ` (95 % ${formatShare(figure.interval.low)} to ${formatShare(figure.interval.high)})`;
      return { value: figure.value, text: `${formatShare(figure.value)}${interval} of ${total.labelled} labelled predictions` };
    };
    const [before, after] = [await accuracyOf(startsAt - 60 * minute, startsAt), await accuracyOf(startsAt, sentAt)];
    hold(after.value < before.value, 'The labels show no loss.');
    transcript.held(`accuracy before the shift ${before.text}`);
    transcript.held(`accuracy since          ${after.text}`);
    // A window reaches back in whole minutes: what it sees of the usual traffic counts too, and less of it with every look.
    const minutes = Math.ceil((Date.now() - startsAt) / minute);
    const seen = await accuracyOf(Date.now() - minutes * minute, Date.now());
    hold(seen.value < before.value, 'The last minutes show no loss.');
    const bound = Number(((before.value + seen.value) / 2).toFixed(4));
    const performance = [`      performance: { enabled: true, metric: accuracy, threshold: ${bound}, windowMinutes: ${minutes}, minimum: 100 }`];
    transcript.command('slipway policy --apply slipway.yaml');
    transcript.lines(performance.join('\n'));
    await slipway(['policy', '--apply', folder.policy(policyText(python, drift(performance)))], z.unknown(), command);
    const cost = await receiver.next(({ event, title }) => event === 'firing' && title.includes('Accuracy'), patience);
    hold(cost !== undefined, 'Nobody was told that the accuracy fell.');
    transcript.held('the same incident has it, and on-call was told:');
    transcript.lines(`  ${cost.title}`);
    return { answers, told_s: (told.at - sentAt) / 1000, accuracy_before: before.value, accuracy_after: after.value, retrained_s: retrainedSeconds, candidate: retrained.version };
  } finally {
    receiver.close();
  }
}
