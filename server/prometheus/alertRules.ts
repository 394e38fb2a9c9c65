import { stringify } from 'yaml';
import { ruleFacts, ruleIds, type RuleId, type RuleSettings, type RuleState } from '../contract/alerts.ts';
import { conditionText } from '../contract/format/alerts.ts';
import { formatTime } from '../contract/format/times.ts';
import { metricFacts } from '../contract/performance.ts';
import { quoted, scrapeJobs } from './jobs.ts';

interface PrometheusRule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** What no figure tells that is scraped: only the companion watches it. */
type Unscraped = 'retraining';
type ScrapedRule = Exclude<RuleId, Unscraped>;

const names: Readonly<Record<ScrapedRule, string>> = {
  'error-rate': 'SlipwayErrors',
  latency: 'SlipwayLatency',
  'no-traffic': 'SlipwayNoTraffic',
  'lost-requests': 'SlipwayLostRequests',
  degraded: 'SlipwayEndpointNotWell',
  drift: 'SlipwayDrift',
  performance: 'SlipwayPerformance',
};

/** Looks at drift are an hour apart: what an older one said holds no more. */
const driftSeconds = 3 * 3600;

/** The condition of a rule in PromQL. */
export function expressionOf(endpoint: string, rule: ScrapedRule, { threshold, windowMinutes, minimum, metric }: RuleSettings): string {
  const own = (name: string, job: keyof typeof scrapeJobs, more = ''): string => `${name}{job=${quoted(scrapeJobs[job])},endpoint=${quoted(endpoint)}${more}}`;
  const window = `[${windowMinutes}m]`;
  const requests = (more = ''): string => `sum(increase(${own('slipway_gateway_requests_total', 'gateway', more)}${window}))`;
  const enough = (least: number): string => (least === 0 ? '' : ` and ${requests()} >= ${least}`);
  switch (rule) {
    case 'error-rate':
      return `${requests(',outcome=~"server_error|model_error"')} / ${requests()} > ${threshold}${enough(minimum)}`;
    case 'latency':
      return `histogram_quantile(0.99, sum by (le) (rate(${own('slipway_gateway_request_duration_seconds_bucket', 'gateway')}${window}))) > ${threshold / 1000}${enough(minimum)}`;
    case 'no-traffic':
      return `(${requests()} or vector(0)) < ${threshold}`;
    case 'lost-requests':
      return `sum(increase(${own('slipway_gateway_log_lost_records_total', 'gateway')}${window})) > ${threshold}`;
    case 'degraded':
      return `sum(${own('slipway_endpoint_state', 'companion', ',state=~"degraded|failed"')}) > 0`;
    case 'drift': {
      const isNew = `time() - max(${own('slipway_endpoint_drift_evaluated_timestamp_seconds', 'companion')}) < ${driftSeconds}`;
      const covers = minimum === 0 ? '' : ` and max(${own('slipway_endpoint_drift_requests', 'companion')}) >= ${minimum}`;
      return `sum(${own('slipway_endpoint_drift_verdict', 'companion', ',verdict=~"inputs-moved|predictions-moved|both-moved"')}) > 0${covers} and ${isNew}`;
    }
    case 'performance': {
      const worse = metricFacts[metric].better === 'greater' ? '<' : '>';
      const covers = minimum === 0 ? '' : ` and max(${own('slipway_endpoint_labelled_predictions', 'companion')}) >= ${minimum}`;
      return `max(${own('slipway_endpoint_performance', 'companion', `,metric=${quoted(metric)}`)}) ${worse} ${threshold}${covers}`;
    }
  }
}

function isScraped(rule: RuleId): rule is ScrapedRule {
  return Object.hasOwn(names, rule);
}

function ruleOf(endpoint: string, rule: ScrapedRule, settings: RuleSettings): PrometheusRule {
  return {
    alert: names[rule],
    expr: expressionOf(endpoint, rule, settings),
    for: `${Math.round(settings.forMinutes * 60)}s`,
    labels: { severity: settings.severity, endpoint, rule },
    annotations: { summary: `${endpoint}: ${ruleFacts[rule].label}`, description: `${conditionText(rule, settings)}. "slipway monitor ${endpoint}" and "slipway incidents" say more.` },
  };
}

function downRule(alert: string, job: keyof typeof scrapeJobs, says: string): PrometheusRule {
  return { alert, expr: `up{job=${quoted(scrapeJobs[job])}} == 0`, for: '300s', labels: { severity: 'critical' }, annotations: { summary: says, description: `Prometheus has not been able to scrape it for 5 min: ${says}` } };
}

export interface RulesOfEndpoint {
  readonly endpoint: string;
  readonly rules: readonly RuleState[];
}

/**
 * The alert rules in force as a rule file of Prometheus (https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/). What is off or muted now
 * is left out, and named at the top. Cool-downs are Alertmanager's matter (`repeat_interval`).
 */
export function alertRules(endpoints: readonly RulesOfEndpoint[], now: number): string {
  const all = endpoints.flatMap(({ endpoint, rules }) => ruleIds.filter(isScraped).flatMap((rule) => rules.filter((state) => state.rule === rule).map(({ settings, mutedUntil }) => ({ endpoint, rule, settings, mutedUntil: mutedUntil !== null && mutedUntil > now ? mutedUntil : undefined }))));
  const muted = all.flatMap(({ endpoint, rule, settings, mutedUntil }) => (settings.enabled && mutedUntil !== undefined ? [`# Muted until ${formatTime(mutedUntil)}: ${rule} of ${endpoint}.\n`] : []));
  const groups = endpoints.map(({ endpoint }) => ({
    name: `slipway-${endpoint}`,
    rules: all.flatMap((each) => (each.endpoint === endpoint && each.settings.enabled && each.mutedUntil === undefined ? [ruleOf(endpoint, each.rule, each.settings)] : [])),
  }));
  const own = { name: 'slipway', rules: [downRule('SlipwayGatewayDown', 'gateway', 'The gateway does not answer: no endpoint can be reached.'), downRule('SlipwayCompanionDown', 'companion', 'The companion does not answer: nothing watches the endpoints.')] };
  return `# Alert rules in force on ${formatTime(now)}, written by "slipway prometheus rules".\n${muted.join('')}${stringify({ groups: [own, ...groups.filter(({ rules }) => rules.length > 0)] }, { lineWidth: 0 })}`;
}
