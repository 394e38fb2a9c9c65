import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import express from 'express';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { ruleFacts, ruleIds, type RuleId, type RuleSettings, type RuleState } from '../../../server/contract/alerts.ts';
import type { EndpointSummary } from '../../../server/contract/deployments.ts';
import { ensureScrapeToken } from '../../../server/platform/http/scrapeToken.ts';
import { replicaKeyHeader } from '../../../server/platform/http/replicaKey.ts';
import { alertRules } from '../../../server/prometheus/alertRules.ts';
import type { MetricsSources } from '../../../server/prometheus/companionMetrics.ts';
import { grafanaFiles } from '../../../server/prometheus/grafanaFiles.ts';
import { answerScrape } from '../../../server/prometheus/prometheus.ts';
import { scrapeConfig } from '../../../server/prometheus/scrapeConfig.ts';
import { until } from '../../harness/until.ts';
import { openTestHome, predict, releaseA, routeOver, type TestHome } from '../gateway/harness.ts';
import { startReplica, type TestReplica } from '../gateway/replica.ts';
import { promtool, startPrometheus } from './prometheusProgram.ts';

const minute = 60_000;
const skip = process.env['SLIPWAY_TEST_PROMETHEUS'] === undefined ? 'prometheus is not installed' : false;
const now = Date.now();
const hostile = 'ten"ure\\ {x="1"} 9\n# TYPE forged gauge\nforged 1';
const key = 'k'.repeat(32);

const endpoint: EndpointSummary = { name: 'churn', model: hostile, target: 'process', targetLabel: 'Process', replicaCount: 1, url: '', state: 'degraded', message: '', createdAt: now, liveRelease: releaseA, liveVersion: 2, route: { weights: [], byHeader: [] }, replicas: [], releaseCount: 1, warm: [] };

const sources: MetricsSources = {
  version: '1.2.3',
  endpoints: () => [endpoint],
  incidents: () => new Map([['churn', { id: 1, endpoint: 'churn', state: 'open', severity: 'critical', title: 'Degraded.', openedAt: now, acknowledgedAt: null, resolvedAt: null }]]),
  looks: () => ({
    drift: {
      at: now, windowMinutes: 60,
      seen: { traffic: { requests: 900 }, verdict: { kind: 'inputs-moved', isWell: false, sentence: '', advice: null, notJudged: [], suspects: Array.from({ length: 300 }, (_, index) => ({ role: 'feature' as const, name: index === 0 ? hostile : `f${index}`, text: '', distance: 0.25, p: 0, values: 9, since: now })) } },
    },
    performance: {
      at: now, windowMinutes: 60,
      seen: { endpoint: 'churn', from: 0, to: now, windows: [], releases: [], delay: null, isComplete: true, labels: { current: 50, replaced: 0, lastReceivedAt: now, keyColumns: [] }, total: { predictions: 200, unknown: 0, labelled: 50, evaluation: { kind: 'regression', meanLabel: 1, metrics: [{ metric: 'mae', value: 1.5, interval: { low: 1, high: 2, method: 'mean' } }, { metric: 'r2', value: null }] } } },
    },
  }),
};

function state(rule: RuleId, changes: Partial<RuleSettings> = {}, mutedUntil: number | null = null): RuleState {
  return { rule, settings: { ...ruleFacts[rule].defaults, enabled: true, ...changes }, isDefault: false, byPolicy: {}, mutedUntil, alert: null };
}

function parsedRules(text: string): { readonly alert: string; readonly expr: string }[] {
  return z.object({ groups: z.array(z.object({ rules: z.array(z.object({ alert: z.string(), expr: z.string() })) })) }).parse(parse(text)).groups.flatMap(({ rules }) => rules);
}

describe('Prometheus', { skip }, () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'slipway-prometheus-'));
  let home: TestHome;
  let replica: TestReplica;
  let companion: Server;
  const file = (name: string, content: string): string => {
    const place = path.join(folder, name);
    writeFileSync(place, content);
    return place;
  };
  const portOf = (server: Server): number => (server.address() as AddressInfo).port;
  const scraping = (): Record<string, string> => ({ authorization: `Bearer ${readFileSync(home.home.scrapeTokenFile, 'utf8').trim()}`, connection: 'close' });

  before(async () => {
    home = await openTestHome();
    ensureScrapeToken(home.home);
    replica = await startReplica('r1', (request, response, body) => {
      if (request.url === '/metrics') {
        const known = request.headers[replicaKeyHeader] === key;
        // The code of a model may say what it likes of endpoints.
        response.writeHead(known ? 200 : 403, { 'content-type': 'text/html' }).end('slipway_batch_rows_count 7\nslipway_endpoint_state{endpoint="churn",state="failed"} 5\n');
        return;
      }
      const asked = body.toString();
      response.writeHead(asked.includes('bad') || asked.includes('raises') ? 400 : 200, asked.includes('raises') ? { 'x-slipway-outcome': 'model-error' } : {}).end('{}');
    });
    const route = routeOver([releaseA, 100, [replica]]);
    await home.route('churn', { ...route, releases: route.releases.map((release) => ({ ...release, replicas: release.replicas.map((each) => ({ ...each, key })) })) });
    for (const body of ['good', 'good', 'good', 'bad', 'raises']) {
      await (await predict(home.control.url('churn'), body)).text();
    }
    companion = createServer(express().get('/metrics', answerScrape(sources)));
    await new Promise<void>((resolve) => { companion.listen(0, '127.0.0.1', resolve); });
  });
  after(async () => {
    companion.close();
    companion.closeAllConnections();
    await home.close();
    await replica.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('scrapes companion, gateway and model servers, hostile names included, and fires a rule that is in force', async (context) => {
    const rules = file('rules.yml', alertRules([{ endpoint: 'churn', rules: [state('degraded', { forMinutes: 0 })] }], now));
    const text = scrapeConfig({ companionPort: portOf(companion), gatewayPort: home.port, credentialsFile: home.home.scrapeTokenFile, ruleFiles: [rules] });
    const configuration = file('prometheus.yml', text.replaceAll('_interval: 15s', '_interval: 500ms'));
    assert.equal(promtool(['check', 'config', configuration]), '');
    const prometheus = await startPrometheus(configuration);
    context.after(() => prometheus.stop());
    await until(async () => {
      const found = await prometheus.targets();
      assert.deepEqual(found.map(({ lastError }) => lastError).filter((error) => error !== ''), []);
      return found.length === 3 && found.every(({ health }) => health === 'up');
    });
    const outcomes = await prometheus.query('slipway_gateway_requests_total{endpoint="churn"} > 0');
    assert.deepEqual(Object.fromEntries(outcomes.map(({ metric, value }) => [metric['outcome'], value[1]])), { success: '3', client_error: '1', model_error: '1' });
    const values = async (expression: string): Promise<string[]> => (await prometheus.query(expression)).map(({ value }) => value[1]);
    assert.deepEqual(await values('slipway_gateway_request_duration_seconds_bucket{le="+Inf"}'), ['5']);
    const columns = (await prometheus.query('slipway_endpoint_drift_distance')).map(({ metric }) => metric['column']);
    assert.ok(columns.includes(hostile), 'the name of a column comes back as it is');
    assert.equal(columns.length, 20, 'of 300 columns that have moved');
    assert.deepEqual(await prometheus.query('forged'), []);
    assert.deepEqual(await values('slipway_endpoint_label_coverage_ratio'), ['0.25']);
    assert.deepEqual(await values('slipway_batch_rows_count{job="slipway-replicas",endpoint="churn",instance="r1"}'), ['7']);
    await until(async () => (await prometheus.alerts()).some(({ labels, state: now }) => labels['alertname'] === 'SlipwayEndpointNotWell' && labels['endpoint'] === 'churn' && now === 'firing'));
    assert.deepEqual((await prometheus.alerts()).map(({ labels }) => labels['alertname']), ['SlipwayEndpointNotWell']);
  });

  it('finds nothing against names, types and help', async () => {
    for (const url of [`http://127.0.0.1:${portOf(companion)}/metrics`, `http://127.0.0.1:${home.port}/metrics`]) {
      const answer = await fetch(url, { headers: scraping() });
      assert.equal(promtool(['check', 'metrics'], await answer.text()), '', url);
    }
  });

  it('gets nothing from the gateway without the scrape token', async () => {
    for (const where of ['/metrics', '/metrics/replicas', '/metrics/replicas/r1']) {
      const status = async (headers: Record<string, string>): Promise<number> => (await fetch(`http://127.0.0.1:${home.port}${where}`, { headers })).status;
      assert.deepEqual([await status({}), await status({ authorization: 'Bearer wrong' }), await status({ ...scraping(), origin: 'https://example.com' }), await status(scraping())], [401, 401, 403, 200], where);
    }
    assert.equal((await fetch(`http://127.0.0.1:${home.port}/metrics/replicas/other`, { headers: scraping() })).status, 404);
  });

  it('understands every rule, which fires on what it is for and on nothing else', () => {
    const changes: Partial<Record<RuleId, Partial<RuleSettings>>> = { performance: { metric: 'mae', threshold: 1, minimum: 100 }, 'lost-requests': { threshold: 2 } };
    const all = alertRules([{ endpoint: 'churn', rules: ruleIds.map((rule) => state(rule, { ...changes[rule], forMinutes: 0 })) }], now);
    const rules = file('all.yml', all);
    const series = (name: string, values: string): object => ({ series: name, values });
    const requests = (outcome: string, perMinute: number): object => series(`slipway_gateway_requests_total{job="slipway-gateway",endpoint="churn",release="a",outcome="${outcome}"}`, `0+${perMinute}x120`);
    const times = (share: number): object[] => [['0.5', share], ['2.5', 1], ['+Inf', 1]].map(([le, part]) => series(`slipway_gateway_request_duration_seconds_bucket{job="slipway-gateway",endpoint="churn",release="a",le="${le}"}`, `0+${100 * Number(part)}x120`));
    const told = (name: string, value: number, labels = ''): object => series(`${name}{job="slipway",endpoint="churn"${labels}}`, `${value}x120`);
    const looked = [told('slipway_endpoint_drift_requests', 500), told('slipway_endpoint_drift_evaluated_timestamp_seconds', 0), told('slipway_endpoint_labelled_predictions', 100)];
    const well = [requests('success', 100), requests('model_error', 1), requests('client_error', 50), ...times(1), ...looked, told('slipway_endpoint_state', 0, ',state="failed"'), told('slipway_endpoint_drift_verdict', 0, ',verdict="inputs-moved"'), told('slipway_endpoint_performance', 0.5, ',metric="mae"')];
    const lost = (perMinute: string): object => series('slipway_gateway_log_lost_records_total{job="slipway-gateway",endpoint="churn"}', perMinute);
    const cases: readonly (readonly [input: readonly object[], fires: readonly string[]])[] = [
      [[...well, lost('0x120')], []],
      [[requests('success', 100), requests('server_error', 10), ...times(0.9), lost('0+1x120')], ['SlipwayErrors', 'SlipwayLatency', 'SlipwayLostRequests']],
      [[...looked, told('slipway_endpoint_state', 1, ',state="failed"'), told('slipway_endpoint_drift_verdict', 1, ',verdict="both-moved"'), told('slipway_endpoint_performance', 1.5, ',metric="mae"')], ['SlipwayDrift', 'SlipwayEndpointNotWell', 'SlipwayNoTraffic', 'SlipwayPerformance']],
      [[requests('success', 1), told('slipway_endpoint_labelled_predictions', 99), told('slipway_endpoint_performance', 1.5, ',metric="mae"'), requests('server_error', 1)], []],
      [[requests('success', 100), series('up{job="slipway-gateway"}', '0x120'), series('up{job="slipway"}', '0x120'), series('slipway_endpoint_state{job="slipway-replicas",endpoint="churn",state="failed"}', '1x120')], ['SlipwayCompanionDown', 'SlipwayGatewayDown']],
    ];
    const names = [...parsedRules(all).map(({ alert }) => alert)].sort();
    // Two of its own; 'retraining' is no figure that is scraped.
    assert.equal(names.length, ruleIds.length - 1 + 2);
    const test = {
      rule_files: [rules],
      evaluation_interval: '1m',
      tests: cases.map(([input, fires], index) => ({
        name: `case ${index}`, interval: '1m', input_series: input,
        promql_expr_test: names.map((name) => ({ expr: `count(ALERTS{alertname="${name}",alertstate="firing"}) or vector(0)`, eval_time: '90m', exp_samples: [{ labels: '{}', value: fires.includes(name) ? 1 : 0 }] })),
      })),
    };
    assert.equal(promtool(['check', 'rules', rules]), '');
    assert.equal(promtool(['test', 'rules', file('test.yml', stringify(test, { aliasDuplicateObjects: false }))]), '');
  });

  it('is told of no rule that is off or muted', () => {
    const text = alertRules([{ endpoint: 'churn', rules: [state('latency', {}, now + 60 * minute), state('drift', { enabled: false }), state('degraded', {}, now - minute)] }], now);
    assert.deepEqual(parsedRules(text).map(({ alert }) => alert), ['SlipwayGatewayDown', 'SlipwayCompanionDown', 'SlipwayEndpointNotWell']);
    assert.match(text, /^# Muted until .*: latency of churn\.$/m);
  });

  it('understands every query of the dashboard', async () => {
    const [dashboard = assert.fail()] = grafanaFiles('/etc/grafana/slipway', 'http://127.0.0.1:9090');
    const { panels } = z.object({ panels: z.array(z.object({ title: z.string(), targets: z.array(z.object({ expr: z.string() })) })) }).parse(JSON.parse(dashboard.content));
    const expressions = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr.replaceAll('$endpoint', '.*').replaceAll('$__rate_interval', '5m')));
    const rules = { groups: [{ name: 'dashboard', rules: expressions.map((expr, index) => ({ record: `query_${index}`, expr })) }] };
    assert.equal(promtool(['check', 'rules', file('dashboard.yml', stringify(rules))]), '');
    const texts = await Promise.all([portOf(companion), home.port].map(async (port) => (await fetch(`http://127.0.0.1:${port}/metrics`, { headers: scraping() })).text()));
    const asked = [...new Set(expressions.flatMap((expr) => expr.match(/slipway_(?:gateway|endpoint|incidents)\w*/g) ?? []))];
    assert.deepEqual(asked.filter((name) => !texts.join('').includes(`\n${name}`)), [], 'each family that a panel asks for is told');
  });
});
