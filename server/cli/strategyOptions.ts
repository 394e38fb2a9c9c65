import type { Command } from 'commander';
import { CallFailure } from '../client/callFailure.ts';
import type { StrategyInput } from '../contract/deployments.ts';
import { sticky, type Sticky } from '../contract/sticky.ts';
import { defaultShadowAgreement } from '../contract/shadow.ts';
import { count, notNegative, percentage, percentages, positiveOrOff, share, shareOrOff } from './words.ts';

/** Recorded requests of a rehearsal, unless the user says otherwise. */
const defaultRehearsal = 500;

/** The options of `slipway deploy` that say how the traffic moves. */
export interface StrategyOptions {
  canary?: number[] | true;
  linear?: number | true;
  blueGreen?: boolean;
  hold?: boolean;
  stepSeconds?: number;
  deadlineSeconds?: number;
  watchSeconds?: number;
  stickyField?: string;
  stickyHeader?: string;
  rehearse?: number | true;
  shadow?: number | true;
  shadowRequests?: number;
  shadowSeconds?: number;
  shadowHold?: boolean;
  minimumAgreement?: number | null;
  minimumRequests?: number;
  maximumErrorRate?: number;
  maximumLatencyRatio?: number | null;
  maximumPredictionShift?: number | null;
}

export function addStrategyOptions(command: Command): void {
  command
    .option('--canary [steps]', 'shift traffic step by step, percentages such as 10,50', percentages)
    .option('--linear [percent]', 'shift traffic in even steps of so many percent (default: 10)', count)
    .option('--blue-green', 'start the new release beside the old one, then switch')
    .option('--hold', 'wait for "slipway promote" before the switch or after each step')
    .option('--step-seconds <seconds>', 'how long a step lasts at least', notNegative)
    .option('--deadline-seconds <seconds>', 'how long a step may wait for its requests before the rollout is undone (default: 3600; 0: for ever)', notNegative)
    .option('--sticky-field <name>', 'while the traffic is shared, requests with the same value of this field in their first row stay with a release')
    .option('--sticky-header <name>', 'the same by a request header (default: x-slipway-key)')
    .option('--watch-seconds <seconds>', 'how long after the switch the endpoint goes back by itself when requests fail (default: 600; 0: never)', notNegative)
    .option('--rehearse [count]', 'first send so many recorded requests to the new release, outside of the traffic (default: 500)', count)
    .option('--shadow [percent]', 'first let the new release answer copies of so many percent of the requests, to nobody (default: 20)', percentage)
    .option('--shadow-requests <count>', 'copies that it has to answer at least (default: 100)', count)
    .option('--shadow-seconds <seconds>', 'how long the shadow lasts at least (default: 30)', notNegative)
    .option('--shadow-hold', 'wait for "slipway promote" after the shadow')
    .option('--minimum-agreement <share>', 'share of the rows of the rehearsal and of the shadow that have to be answered as the live release does (default: 0.9 of a shadow; off: not checked)', shareOrOff)
    .option('--minimum-requests <count>', 'requests that a step must see, and that anything is judged by (default: 20)', count)
    .option('--maximum-error-rate <share>', 'share of failed requests above which the new release is undone (default: 0.01)', share)
    .option('--maximum-latency-ratio <ratio>', "p50, p95 and p99 of a step over the live release's above which it is undone (default: 2; off: not compared)", positiveOrOff)
    .option('--maximum-prediction-shift <share>', "how far the answers of a step may be from the live release's, 0 to 1 (default: 0.25; off: not compared)", shareOrOff);
}

function checksOf({ minimumRequests, maximumErrorRate, maximumLatencyRatio, maximumPredictionShift, shadow, ...options }: StrategyOptions): NonNullable<StrategyInput['checks']> {
  const minimumAgreement = options.minimumAgreement === undefined && shadow !== undefined ? defaultShadowAgreement : options.minimumAgreement;
  return {
    ...(minimumRequests === undefined ? {} : { minimumRequests }),
    ...(maximumErrorRate === undefined ? {} : { maximumErrorRate }),
    ...(maximumLatencyRatio === undefined ? {} : { maximumLatencyRatio }),
    ...(maximumPredictionShift === undefined ? {} : { maximumPredictionShift }),
    ...(minimumAgreement === undefined ? {} : { minimumAgreement }),
  };
}

function shadowOf({ shadow, shadowRequests, shadowSeconds, shadowHold }: StrategyOptions): Pick<StrategyInput, 'shadow'> {
  if (shadow === undefined) {
    if (shadowRequests !== undefined || shadowSeconds !== undefined || shadowHold === true) {
      throw new CallFailure('invalid-input', '--shadow-requests, --shadow-seconds and --shadow-hold belong to --shadow.');
    }
    return {};
  }
  return {
    shadow: {
      ...(shadow === true ? {} : { percent: shadow }),
      ...(shadowRequests === undefined ? {} : { requests: shadowRequests }),
      ...(shadowSeconds === undefined ? {} : { seconds: shadowSeconds }),
      ...(shadowHold === true ? { hold: true } : {}),
    },
  };
}

function stickyOf({ stickyField, stickyHeader }: StrategyOptions): { sticky?: Sticky } {
  if (stickyField === undefined && stickyHeader === undefined) {
    return {};
  }
  const read = stickyHeader === undefined ? sticky.safeParse({ by: 'field', name: stickyField }) : sticky.safeParse({ by: 'header', name: stickyHeader });
  if (!read.success || (stickyField !== undefined && stickyHeader !== undefined)) {
    throw new CallFailure('invalid-input', read.success ? 'Say only one of --sticky-field and --sticky-header.' : `--sticky-${stickyHeader === undefined ? 'field' : 'header'}: ${read.error.issues[0]?.message ?? 'not a name'}.`, { field: 'strategy.sticky' });
  }
  return { sticky: read.data };
}

/** What a deploy says of how the traffic moves: nothing where no option does, which leaves it to the policy of the model. */
export function statedStrategy(options: StrategyOptions): { strategy?: StrategyInput } {
  const stated = strategyOf(options);
  const says = stated.kind !== 'all-at-once' || Object.keys(stated).length > 2 || Object.keys(stated.checks ?? {}).length > 0;
  return says ? { strategy: stated } : {};
}

/** The strategy that the options describe. */
export function strategyOf(options: StrategyOptions): StrategyInput {
  const { canary, linear, blueGreen, hold, stepSeconds, deadlineSeconds, watchSeconds } = options;
  if ([canary !== undefined, linear !== undefined, blueGreen === true].filter(Boolean).length > 1) {
    throw new CallFailure('invalid-input', 'Say only one of --canary, --linear and --blue-green.');
  }
  const { rehearse } = options;
  if (options.minimumAgreement !== undefined && rehearse === undefined && options.shadow === undefined) {
    throw new CallFailure('invalid-input', '--minimum-agreement belongs to --rehearse or --shadow.');
  }
  const judged = { ...shadowOf(options), ...(rehearse === undefined ? {} : { rehearse: rehearse === true ? defaultRehearsal : rehearse }), ...(watchSeconds === undefined ? {} : { watchSeconds }), checks: checksOf(options) };
  if (canary !== undefined || linear !== undefined) {
    const shared = {
      hold: hold === true,
      ...(stepSeconds === undefined ? {} : { stepSeconds }),
      ...(deadlineSeconds === undefined ? {} : { deadlineSeconds }),
      ...stickyOf(options),
      ...judged,
    };
    return canary === undefined
      ? { kind: 'linear', ...shared, ...(typeof linear === 'number' ? { increment: linear } : {}) }
      : { kind: 'canary', ...shared, ...(Array.isArray(canary) ? { steps: canary } : {}) };
  }
  if ([stepSeconds, deadlineSeconds, options.stickyField, options.stickyHeader, options.maximumLatencyRatio, options.maximumPredictionShift].some((value) => value !== undefined)) {
    throw new CallFailure('invalid-input', '--step-seconds, --deadline-seconds, --sticky-field, --sticky-header, --maximum-latency-ratio and --maximum-prediction-shift belong to --canary or --linear.');
  }
  if (blueGreen === true) {
    return { kind: 'blue-green', hold: hold === true, ...judged };
  }
  if (hold === true) {
    throw new CallFailure('invalid-input', '--hold belongs to --canary, --linear or --blue-green.');
  }
  return { kind: 'all-at-once', ...judged };
}
