import { commands, window } from 'vscode';
import { z } from 'zod';
import type { App } from '../app.ts';
import { CallFailure } from '../../server/client/callFailure.ts';
import type { CallInput } from '../../server/contract/api.ts';
import { isOffered } from '../../server/contract/allowances.ts';
import { describeNeed, replicaCount, strategy as strategySchema, type EndpointSummary, type Rollout, type StrategyInput } from '../../server/contract/deployments.ts';
import type { ModelVersion, RegisteredModel } from '../../server/contract/registry.ts';
import { servingConfig, settingsOf, withServing, type ServingConfig } from '../../server/contract/servingConfig.ts';
import { endpointName } from '../../server/contract/values.ts';
import { pickModel, pickVersion } from '../registry/versionPrompts.ts';
import { subjectAs } from '../vscode/commands.ts';
import { type Answer, askText, type Choice, confirm, pickOne, type Place } from '../vscode/prompts.ts';
import { withCancel } from '../vscode/progress.ts';
import { runSteps, skip } from '../vscode/wizard.ts';
import { suggestEndpointName } from './endpointName.ts';
import { askServing } from './servingPrompts.ts';
import { askStrategy } from './strategyPrompts.ts';
import { watchRollout } from './watchRollout.ts';

/** What can be given beforehand; the rest is asked. */
const deploySubject = z.object({
  model: z.string().optional(),
  version: z.number().int().optional(),
  endpoint: z.string().optional(),
  target: z.string().optional(),
  replicaCount: replicaCount.optional(),
  strategy: strategySchema.optional(),
  serving: servingConfig.optional(),
});

interface Draft {
  readonly model?: RegisteredModel;
  readonly version?: ModelVersion;
  readonly endpoint?: string;
  /** The endpoint where it exists already: its target is settled. */
  readonly existing?: EndpointSummary;
  readonly target?: string;
  readonly strategy?: StrategyInput;
  readonly serving?: ServingConfig;
}

const title = 'Slipway: Deploy Model';

/** Deploys a model version: asks for what is not given, then follows the rollout. */
export async function deployModel(app: App, subject: unknown): Promise<Rollout | undefined> {
  const asked = await askDeploy(app, subject);
  return asked === undefined ? undefined : deployAsked(app, asked);
}

/** Asks for what a deploy needs and is not given; undefined when the user left. */
export async function askDeploy(app: App, subject: unknown): Promise<CallInput<'deploy'> | undefined> {
  const given = subjectAs(deploySubject, subject) ?? {};
  const { connection } = app;
  const model = given.model === undefined ? undefined : await connection.call('getModel', { name: given.model });
  const version = model?.versions.find((candidate) => candidate.version === given.version);
  const existing = given.endpoint === undefined ? undefined : await findEndpoint(app, given.endpoint);
  const start: Draft = {
    ...(model === undefined ? {} : { model }),
    ...(version === undefined ? {} : { version }),
    ...(given.endpoint === undefined ? {} : { endpoint: given.endpoint }),
    ...(existing === undefined ? {} : { existing }),
    ...(given.target === undefined ? {} : { target: given.target }),
    ...(given.strategy === undefined ? {} : { strategy: given.strategy }),
    ...(given.serving === undefined ? {} : { serving: given.serving }),
  };
  const draft = await runSteps<Draft>(start, [
    async (current, place) => (current.model === undefined ? askModel(app, current, place) : skip),
    async (current, place) => (current.version === undefined ? askVersion(app, current, place) : skip),
    async (current, place) => (current.endpoint === undefined ? askEndpoint(app, current, place) : skip),
    async (current, place) => (current.target === undefined && current.existing === undefined ? askTarget(app, current, place) : skip),
    // A program that says how the traffic moves is not asked about the rest.
    async (current, place) => (current.serving === undefined && given.strategy === undefined ? fillServing(app, current, place) : skip),
    async (current, place) => (current.strategy === undefined ? fillStrategy(app, current, place) : skip),
  ]);
  if (draft?.model === undefined || draft.version === undefined || draft.endpoint === undefined) {
    return undefined;
  }
  return {
    name: draft.endpoint,
    model: draft.model.name,
    version: draft.version.version,
    ...(draft.strategy === undefined ? {} : { strategy: draft.strategy }),
    ...(draft.serving === undefined ? {} : { serving: draft.serving }),
    ...(draft.target === undefined ? {} : { target: draft.target }),
    ...(given.replicaCount === undefined ? {} : { replicaCount: given.replicaCount }),
  };
}

/** Begins a deploy and follows its rollout. */
export async function deployAsked(app: App, asked: CallInput<'deploy'>): Promise<Rollout | undefined> {
  const rollout = await app.connection.call('deploy', asked).catch((error: unknown) => askAboutCallers(app, asked, error));
  return rollout === undefined ? undefined : followRollout(app, rollout, `Deploying ${asked.model} ${rollout.toVersion} to ${asked.name}`);
}

/** Deploys nevertheless where somebody says that the callers know what the version would break for them. */
async function askAboutCallers({ connection }: App, wanted: CallInput<'deploy'>, error: unknown): Promise<Rollout | undefined> {
  if (!CallFailure.is(error, 'conflict') || error.field !== 'allowBreaking') {
    throw error;
  }
  const yes = await confirm(`Deploy version ${wanted.version} to ${wanted.name} although it breaks today's callers?`, `${error.message}\n\nThe audit log keeps that you did.`, 'Deploy Nevertheless');
  return yes ? connection.call('deploy', { ...wanted, allowBreaking: true }) : undefined;
}

/** Shows a rollout's progress, with a cancel button, and what came of it. */
export async function followRollout({ connection }: App, rollout: Rollout, heading: string): Promise<Rollout> {
  const ended = await withCancel(heading, (signal, report) => watchRollout(connection, rollout, signal, report));
  void presentOutcome(ended);
  return ended;
}

async function findEndpoint({ connection }: App, name: string): Promise<EndpointSummary | undefined> {
  const { endpoints } = await connection.call('listEndpoints', {});
  return endpoints.find((endpoint) => endpoint.name === name);
}

async function askModel({ connection }: App, draft: Draft, place: Place): Promise<Answer<Draft>> {
  const { models } = await connection.call('listModels', {});
  if (models.length === 0) {
    void offerRegister();
    return undefined;
  }
  const answer = await pickModel(connection, title, place);
  return typeof answer === 'object' ? { ...draft, model: answer } : answer;
}

async function offerRegister(): Promise<void> {
  const picked = await window.showInformationMessage('There is no registered model yet.', 'Register Model');
  if (picked !== undefined) {
    await commands.executeCommand('slipway.registerModel');
  }
}

async function askVersion({ connection }: App, draft: Draft, place: Place): Promise<Answer<Draft>> {
  if (draft.model === undefined) {
    return undefined;
  }
  const answer = await pickVersion(connection, title, draft.model, place);
  return typeof answer === 'object' ? { ...draft, version: answer } : answer;
}

const newEndpoint = Symbol('new');

async function askEndpoint({ connection }: App, draft: Draft, place: Place): Promise<Answer<Draft>> {
  const { endpoints } = await connection.call('listEndpoints', {});
  const model = draft.model?.name ?? '';
  const suggestion = suggestEndpointName(model);
  if (endpoints.length > 0) {
    const own = endpoints.filter((endpoint) => endpoint.model === model);
    const choices: Choice<EndpointSummary | typeof newEndpoint>[] = [
      ...own.map((endpoint) => ({
        label: endpoint.name,
        description: `${endpoint.state} · ${endpoint.targetLabel}`,
        detail: endpoint.liveVersion === undefined ? endpoint.message : `Serves version ${endpoint.liveVersion} at ${endpoint.url}`,
        icon: 'broadcast',
        value: endpoint,
      })),
      { label: 'New endpoint…', icon: 'add', value: newEndpoint },
    ];
    const answer = await pickOne<EndpointSummary | typeof newEndpoint>({ title, placeholder: 'To which endpoint?', ...place }, choices);
    if (answer !== newEndpoint) {
      return typeof answer === 'object' ? { ...draft, endpoint: answer.name, existing: answer } : answer;
    }
  }
  const check = (text: string): string | undefined => {
    const taken = endpoints.find(({ name }) => name === text);
    if (taken !== undefined && taken.model !== model) {
      return `${text} serves the model ${taken.model}.`;
    }
    const parsed = endpointName.safeParse(text);
    return parsed.success ? undefined : (parsed.error.issues[0]?.message ?? 'not a name');
  };
  const free = endpoints.every(({ name }) => name !== suggestion) ? suggestion : `${suggestion}-2`;
  const name = await askText({ title, prompt: 'Name of the endpoint: the last part of its URL', value: free, check, ...place });
  return typeof name === 'string' ? { ...draft, endpoint: name } : name;
}

async function askTarget({ connection }: App, draft: Draft, place: Place): Promise<Answer<Draft>> {
  const load = async (): Promise<Choice<string | undefined>[]> => {
    const { targets } = await connection.call('listTargets', {});
    return targets.map(({ kind, label, icon, available, detail, isDefault }) => ({
      label,
      description: available ? (isDefault ? 'default' : '') : 'not available',
      detail,
      icon: available ? icon : 'circle-slash',
      selected: isDefault,
      value: available ? kind : undefined,
    }));
  };
  const answer = await pickOne<string | undefined>({ title, placeholder: 'Where should it run?', ...place }, load());
  return typeof answer === 'string' ? { ...draft, target: answer } : answer;
}

/** Offers the serving settings of the live release, and the defaults for a first one. */
async function fillServing({ connection }: App, draft: Draft, place: Place): Promise<Answer<Draft>> {
  const live = draft.existing?.liveRelease;
  const kept = live === undefined ? {} : settingsOf((await connection.call('getRelease', { digest: live })).serving);
  const answer = await askServing(title, withServing(kept, []), place);
  return typeof answer === 'object' ? { ...draft, serving: answer } : answer;
}

async function fillStrategy({ connection }: App, draft: Draft, place: Place): Promise<Answer<Draft> | typeof skip> {
  // A first release has no traffic to move away from.
  if (draft.existing?.liveVersion === undefined) {
    return skip;
  }
  const { values } = await connection.call('getPolicy', { model: draft.model?.name ?? '' });
  const staging = values.find(({ key }) => key === 'staging')?.value;
  if (values.some(({ key }) => key === 'rollout.kind') && !(Array.isArray(staging) && staging.includes(draft.endpoint))) {
    // The policy has the plan of production.
    return skip;
  }
  const answer = await askStrategy(title, draft.existing.liveVersion, place);
  return typeof answer === 'object' ? { ...draft, strategy: answer } : answer;
}

/** Says how a rollout ended, and offers what fits. */
export async function presentOutcome(rollout: Rollout): Promise<void> {
  const { endpoint } = rollout;
  const actions: Readonly<Record<string, string>> =
    rollout.state === 'succeeded' && rollout.strategy.kind === 'rehearsal'
      ? { 'Open Releases': 'slipway.openReleases' }
      : rollout.state === 'succeeded'
      ? { 'Open Monitoring': 'slipway.openMonitoring', 'Send Test Request': 'slipway.sendTestRequest', 'Copy curl': 'slipway.copyCurl' }
      : rollout.state === 'held'
        ? {
            ...(rollout.promotable ? { Promote: 'slipway.promote' } : {}),
            'Open Monitoring': 'slipway.openMonitoring',
            ...(rollout.cancellable ? { Cancel: 'slipway.cancelRollout' } : {}),
          }
        : { ...(isOffered(rollout.allowable) ? { 'Allow and Deploy Again…': 'slipway.allowAndDeploy' } : {}), 'Show Logs': 'slipway.showLogs', 'Open Releases': 'slipway.openReleases' };
  const picked = await showOutcome(rollout, Object.keys(actions));
  const command = picked === undefined ? undefined : actions[picked];
  if (command !== undefined) {
    await commands.executeCommand(command, { endpoint });
  }
}

function showOutcome(rollout: Rollout, actions: string[]): Thenable<string | undefined> {
  const { endpoint, toVersion, fromVersion, message } = rollout;
  switch (rollout.state) {
    case 'succeeded':
      return window.showInformationMessage(rollout.strategy.kind === 'rehearsal' ? message : `${endpoint} now serves version ${toVersion}.`, ...actions);
    case 'held':
      return window.showInformationMessage(`The rollout of version ${toVersion} to ${endpoint} waits for ${rollout.needs.map(describeNeed).join(' and ')}: ${message}`, ...actions);
    case 'cancelled':
      return window.showInformationMessage(`The rollout to ${endpoint} was cancelled${still(fromVersion)}.`, ...actions);
    default:
      return window.showErrorMessage(`Version ${toVersion} did not go live on ${endpoint}: ${message}${message.endsWith('.') ? '' : '.'}${fromVersion === undefined ? '' : ` Version ${fromVersion} still serves.`}`, ...actions);
  }
}

function still(version: number | undefined): string {
  return version === undefined ? '' : `; version ${version} still serves`;
}
