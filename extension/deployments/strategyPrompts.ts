import type { StrategyInput } from '../../server/contract/deployments.ts';
import { defaultShadowAgreement } from '../../server/contract/shadow.ts';
import { readSticky, type Sticky } from '../../server/contract/sticky.ts';
import { defaultStepSeconds, parseSteps } from './canarySteps.ts';
import { type Answer, askText, type Choice, goBack, pickOne, type Place } from '../vscode/prompts.ts';

const defaultSteps = [10, 50];
const minimumRequests = 20;
const maximumErrorRate = 0.01;

const custom = Symbol('custom');
type Kind = StrategyInput | typeof custom;

function choices(liveVersion: number): Choice<Kind>[] {
  const checks = { minimumRequests, maximumErrorRate };
  return [
    {
      label: 'All at once',
      detail: 'Switches all traffic when the new release is ready and has passed its smoke test, and goes back by itself when requests fail in the first 10 minutes',
      icon: 'arrow-right',
      value: { kind: 'all-at-once' },
    },
    {
      label: 'Canary',
      description: `${defaultSteps.join('%, ')}%, then 100%`,
      detail: `Moves the traffic in steps of at least ${defaultStepSeconds} s while errors (at most ${maximumErrorRate * 100}%), latency and predictions are as the live release's; holds below ${minimumRequests} requests`,
      icon: 'graph-line',
      value: { kind: 'canary', steps: defaultSteps, stepSeconds: defaultStepSeconds, hold: false, checks },
    },
    {
      label: 'Linear',
      description: '10%, 20%, … 90%, then 100%',
      detail: `As the canary, in even steps of at least ${defaultStepSeconds} s`,
      icon: 'graph',
      value: { kind: 'linear', increment: 10, stepSeconds: defaultStepSeconds, hold: false, checks },
    },
    {
      label: 'Shadow first',
      description: `copies of 20% of the requests, then ${defaultSteps.join('%, ')}%, then 100%`,
      detail: `The new release answers copies, to nobody, until 100 of them agree with version ${liveVersion} in at least ${defaultShadowAgreement * 100}% of the rows; then the canary`,
      icon: 'mirror',
      value: { kind: 'canary', steps: defaultSteps, stepSeconds: defaultStepSeconds, hold: false, shadow: {}, checks: { ...checks, minimumAgreement: defaultShadowAgreement } },
    },
    { label: 'Canary with other steps…', icon: 'settings', value: custom },
    {
      label: 'Canary, step by hand',
      description: `${defaultSteps.join('%, ')}%`,
      detail: 'Waits for Promote after each step',
      icon: 'debug-step-over',
      value: { kind: 'canary', steps: defaultSteps, stepSeconds: 0, hold: true, checks },
    },
    {
      label: 'Rehearsal',
      description: 'no traffic',
      detail: `Sends up to 500 recorded requests to the new release and shows where it answers differently; version ${liveVersion} stays`,
      icon: 'debug-rerun',
      value: { kind: 'rehearsal' },
    },
    {
      label: 'Blue/green',
      detail: `Starts the new release beside version ${liveVersion}, waits for Promote, then switches all traffic`,
      icon: 'arrow-swap',
      value: { kind: 'blue-green', hold: true },
    },
  ];
}

/** Asks how the traffic moves from the live version to the new one. */
export async function askStrategy(title: string, liveVersion: number, place: Place): Promise<Answer<StrategyInput>> {
  const answer = await pickOne<Kind>({ title, placeholder: `How does the traffic move away from version ${liveVersion}?`, ...place }, choices(liveVersion));
  return answer === custom ? askSteps(title, liveVersion, place) : answer;
}

async function askSteps(title: string, liveVersion: number, place: Place): Promise<Answer<StrategyInput>> {
  const text = await askText({
    title,
    prompt: 'Rising shares of the traffic in percent, then @ and the seconds that each step lasts at least',
    value: '5, 25, 50 @ 60',
    check: (typed) => (parseSteps(typed) === undefined ? 'For example: 5, 25, 50 @ 60' : undefined),
    ...place,
    back: true,
  });
  if (text === goBack) {
    return askStrategy(title, liveVersion, place);
  }
  const parsed = text === undefined ? undefined : parseSteps(text);
  const kept = parsed === undefined ? undefined : await askSticky(title, place);
  if (kept === goBack) {
    return askSteps(title, liveVersion, place);
  }
  return parsed === undefined || kept === undefined ? undefined : { kind: 'canary', ...parsed, ...kept, hold: false, checks: { minimumRequests, maximumErrorRate } };
}

/** Asks what keeps the same caller on the same release. */
async function askSticky(title: string, place: Place): Promise<Answer<{ sticky?: Sticky }>> {
  const text = await askText({
    title,
    prompt: 'What keeps the same caller on the same release: a field of the request, such as customer_id, or "header NAME". Empty: by chance, or by x-slipway-key where a client sends it',
    value: '',
    check: (typed) => (typed.trim() === '' || readSticky(typed) !== undefined ? undefined : 'For example: customer_id, or header x-customer'),
    ...place,
    back: true,
  });
  if (text === undefined || text === goBack) {
    return text;
  }
  const read = readSticky(text);
  return read === undefined ? {} : { sticky: read };
}
