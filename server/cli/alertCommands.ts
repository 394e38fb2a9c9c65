import { writeFile } from 'node:fs/promises';
import { Argument } from 'commander';
import colors from 'picocolors';
import { CallFailure } from '../client/callFailure.ts';
import { ruleChanges, ruleFacts, ruleIds, type Incident, type IncidentDetail, type RuleChanges, type RuleId, type RuleState, type RuleTrial } from '../contract/alerts.ts';
import { answerText, conditionText, minutesText, ruleValueText, suspectLines } from '../contract/format/alerts.ts';
import { incidentPage } from '../contract/format/incidentPage.ts';
import { plural } from '../contract/format/plural.ts';
import { formatSpan, formatTime } from '../contract/format/times.ts';
import { examples, type CommandGroup } from './command.ts';
import { connect } from './connection.ts';
import { facts, table } from './output.ts';
import { collectAssignment, count, notNegative, splitOnce } from './words.ts';

function isRule(rule: string): rule is RuleId {
  return ruleIds.some((each) => each === rule);
}

function ruleNow({ settings, mutedUntil, alert }: RuleState): string {
  if (!settings.enabled) {
    return colors.dim('off');
  }
  if (mutedUntil !== null && mutedUntil > Date.now()) {
    return colors.dim(`muted until ${formatTime(mutedUntil)}`);
  }
  return alert === null ? colors.green('well') : alert.state === 'firing' ? colors.red(`firing: ${alert.summary}`) : colors.yellow(`pending: ${alert.summary}`);
}

function ruleTable(rules: readonly RuleState[]): string {
  return table(
    ['rule', 'condition', 'severity', 'owner', 'now'],
    rules.map((state) => [state.rule, isRule(state.rule) ? `${conditionText(state.rule, state.settings)}${state.settings.rollBack ? '; rolls back' : ''}${Object.keys(state.byPolicy).length > 0 ? ' (policy)' : state.isDefault ? '' : ' (changed)'}` : '', state.settings.severity, state.settings.owner, ruleNow(state)]),
    'No rules.',
  );
}

function describeTrial(rule: RuleId, { from, to, judged, reason, fired }: RuleTrial): string {
  if (judged === null) {
    return `Not evaluated: ${reason ?? 'the past does not say'}.`;
  }
  const covered = `${formatTime(from)} to ${formatTime(to)}, ${plural(judged, 'window')} with enough traffic`;
  return [`It would have fired ${plural(fired.length, 'time')} (${covered}).`, ...fired.map((each) => `  ${formatSpan(each.from, each.to)}  ${ruleValueText(rule, each.value)}`)].join('\n');
}

/** A value as a setting of that name has it; what is none stays text and is refused with the rest. */
function settingOf(name: string, text: string): string | number | boolean {
  const like = Object.entries(ruleFacts.latency.defaults).find(([field]) => field === name)?.[1];
  if (typeof like === 'boolean') {
    const isOn = ['on', 'true'].includes(text);
    return isOn || ['off', 'false'].includes(text) ? isOn : text;
  }
  return typeof like === 'number' && text.trim() !== '' && !Number.isNaN(Number(text)) ? Number(text) : text;
}

/** What `--set NAME=VALUE` and the switches say. */
function changesOf(options: { readonly set: readonly string[]; readonly enable?: boolean; readonly disable?: boolean }): RuleChanges {
  const given = options.set.map((text) => splitOnce(text, '=')).map(([name, value]) => [name, settingOf(name, value)]);
  const parsed = ruleChanges.safeParse({ ...Object.fromEntries(given), ...(options.enable === true ? { enabled: true } : options.disable === true ? { enabled: false } : {}) });
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new CallFailure('invalid-input', `${issue?.path.join('.') ?? 'set'}: ${issue?.message ?? 'is not understood'}`, { field: 'set', remedy: `Give --set with one of ${Object.keys(ruleFacts.latency.defaults).join(', ')}.` });
  }
  return parsed.data;
}

function incidentTable(incidents: readonly Incident[]): string {
  const state = (text: string): string => (text === 'open' ? colors.red(text) : text === 'acknowledged' ? colors.yellow(text) : colors.dim(text));
  return table(['incident', 'endpoint', 'state', 'severity', 'opened', 'what'], incidents.map((one) => [String(one.id), one.endpoint, state(one.state), one.severity, formatTime(one.openedAt), one.title]), 'No incidents.');
}

function describeIncident({ id, endpoint, state, severity, title, openedAt, resolvedAt, alerts, timeline, suspects }: IncidentDetail): string {
  const suspected = suspectLines(suspects);
  return [
    facts([
      ['incident', `${id}  ${endpoint}  ${severity}, ${state}`],
      ['what', title],
      ['time', resolvedAt === null ? `since ${formatTime(openedAt)}` : formatSpan(openedAt, resolvedAt)],
      ...alerts.filter((alert) => answerText(alert) !== '').map((alert) => [alert.rule, answerText(alert)] as const),
    ]),
    '',
    ...(suspected.length === 0 ? [] : ['First suspects', ...suspected.map((text) => `  ${text}`), '']),
    table(['at', 'what happened', 'by'], timeline.map((entry) => [formatTime(entry.at), entry.text, entry.actor ?? '']), 'Nothing.'),
  ].join('\n');
}

interface AlertOptions {
  readonly set: readonly string[];
  readonly enable?: boolean;
  readonly disable?: boolean;
  readonly mute?: number;
  readonly try?: boolean;
  readonly days: number;
}

interface IncidentOptions {
  readonly all?: boolean;
  readonly acknowledge?: boolean;
  readonly resolve?: boolean;
  readonly note?: string;
  readonly html?: string;
}

export const alertCommands: CommandGroup = (program, run) => {
  program
    .command('alerts')
    .description('the alert rules of an endpoint; with a rule, changes, mutes or tries it on the past')
    .argument('<endpoint>')
    .addArgument(new Argument('[rule]').choices(ruleIds))
    .option('--set <name=value>', 'changes a setting, such as threshold=0.1, windowMinutes=10 or rollBack=on', collectAssignment, [])
    .option('--enable', 'switches the rule on')
    .option('--disable', 'switches the rule off')
    .option('--mute <minutes>', 'opens no incident for so long; 0 ends it', notNegative)
    .option('--try', 'says when it would have fired, and changes nothing')
    .option('--days <count>', 'of the past that --try looks at', count, 30)
    .addHelpText('after', examples('alerts churn', 'alerts churn latency --set threshold=300 --try', 'alerts churn performance --enable --set metric=f1 --set threshold=0.7', 'alerts churn error-rate --set owner=payments --set runbook=https://wiki.example.com/churn', 'alerts churn error-rate --set rollBack=on', 'alerts churn no-traffic --mute 120'))
    .action(
      run(async (output, name: string, rule: RuleId | undefined, options: AlertOptions) => {
        const client = await connect();
        const settings = changesOf(options);
        if (rule === undefined) {
          if (Object.keys(settings).length > 0 || options.mute !== undefined || options.try === true) {
            throw new CallFailure('invalid-input', 'Which rule?', { field: 'rule', remedy: `Name one of ${ruleIds.join(', ')} behind the endpoint.` });
          }
          const found = await client.call('listAlerts', { name });
          output.result(found, () => ruleTable(found.rules));
          return;
        }
        if (options.try === true) {
          const trial = await client.call('tryAlertRule', { name, rule, settings, days: options.days });
          output.result(trial, () => describeTrial(rule, trial));
          return;
        }
        const changed = Object.keys(settings).length === 0 ? undefined : await client.call('changeAlertRule', { name, rule, settings });
        const muted = options.mute === undefined ? undefined : await client.call('muteAlertRule', { name, rule, minutes: options.mute });
        const state = muted ?? changed ?? (await client.call('listAlerts', { name })).rules.find((each) => each.rule === rule);
        output.result(state, () => `${ruleTable(state === undefined ? [] : [state])}${state === undefined ? '' : colors.dim(`\nAfter an alert it is silent for ${minutesText(state.settings.coolDownMinutes)}.${state.settings.runbook === '' ? '' : ` What to do: ${state.settings.runbook}`}`)}`);
      }),
    );

  program
    .command('incidents')
    .description('what the alerts opened; with a number, one of them and what happened')
    .argument('[id]', 'number of an incident', count)
    .option('--all', 'also those that are resolved')
    .option('--acknowledge', 'somebody is at it')
    .option('--resolve', 'ends it and its alerts')
    .option('--note <text>', 'writes into its timeline')
    .option('--html <file>', 'writes it as a page of one file, to send to others')
    .addHelpText('after', examples('incidents', 'incidents 12', 'incidents 12 --acknowledge --note "rolled back to v6"', 'incidents 12 --resolve', 'incidents 12 --html incident.html'))
    .action(
      run(async (output, id: number | undefined, options: IncidentOptions) => {
        const client = await connect();
        if (id === undefined) {
          if (options.html !== undefined) {
            throw new CallFailure('invalid-input', 'Which incident?', { field: 'id', remedy: 'Give its number before --html; "slipway incidents --all" lists them.' });
          }
          const found = await client.call('listIncidents', { state: options.all === true ? 'all' : 'unresolved' });
          output.result(found, () => incidentTable(found.incidents));
          return;
        }
        if (options.note !== undefined) {
          await client.call('noteIncident', { id, text: options.note });
        }
        if (options.acknowledge === true) {
          await client.call('acknowledgeIncident', { id });
        }
        const found = options.resolve === true ? await client.call('resolveIncident', { id }) : await client.call('getIncident', { id });
        if (options.html !== undefined) {
          const { html } = options;
          await writeFile(html, incidentPage(found)).catch((error: unknown) => {
            throw new CallFailure('invalid-input', `${html} cannot be written: ${error instanceof Error ? error.message : String(error)}`, { field: 'html', remedy: 'Name a file in a folder that is there.' });
          });
        }
        output.result(found, () => [describeIncident(found), ...(options.html === undefined ? [] : [`Written to ${options.html}.`])].join('\n'));
      }),
    );
};
