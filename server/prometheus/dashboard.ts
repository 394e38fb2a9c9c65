import { scrapeJobs } from './jobs.ts';

interface Query {
  readonly expr: string;
  readonly legend: string;
}

interface Panel {
  readonly title: string;
  readonly says: string;
  readonly kind: 'timeseries' | 'stat' | 'table';
  readonly unit: string;
  readonly width: number;
  readonly queries: readonly Query[];
}

const gateway = `job="${scrapeJobs.gateway}",endpoint=~"$endpoint"`;
const companion = `job="${scrapeJobs.companion}",endpoint=~"$endpoint"`;
const replicas = `job="${scrapeJobs.replicas}",endpoint=~"$endpoint"`;
const requests = 'slipway_gateway_requests_total';
const duration = 'slipway_gateway_request_duration_seconds_bucket';

function quantile(q: number): Query {
  return { expr: `histogram_quantile(${q}, sum by (endpoint, le) (rate(${duration}{${gateway}}[$__rate_interval])))`, legend: `{{endpoint}} p${q * 100}` };
}

/** In rows of 24 columns. */
const panels: readonly Panel[] = [
  { title: 'State', says: 'The state that each endpoint is in.', kind: 'table', unit: 'none', width: 8, queries: [{ expr: `slipway_endpoint_state{${companion}} == 1`, legend: '{{endpoint}} {{state}}' }] },
  { title: 'Incidents that go on', says: 'Open ones and acknowledged ones, of all endpoints.', kind: 'stat', unit: 'none', width: 8, queries: [{ expr: `slipway_incidents_unresolved{job="${scrapeJobs.companion}"}`, legend: '{{state}}' }] },
  { title: 'Verdict on drift', says: 'What the last look said, which is taken once an hour.', kind: 'table', unit: 'none', width: 8, queries: [{ expr: `slipway_endpoint_drift_verdict{${companion}} == 1`, legend: '{{endpoint}} {{verdict}}' }] },
  { title: 'Requests', says: 'Predictions a second, by what became of them.', kind: 'timeseries', unit: 'reqps', width: 8, queries: [{ expr: `sum by (endpoint, outcome) (rate(${requests}{${gateway}}[$__rate_interval]))`, legend: '{{endpoint}} {{outcome}}' }] },
  { title: 'Failed', says: 'Share of predictions that the server or its model failed.', kind: 'timeseries', unit: 'percentunit', width: 8, queries: [{ expr: `sum by (endpoint) (rate(${requests}{${gateway},outcome=~"server_error|model_error"}[$__rate_interval])) / sum by (endpoint) (rate(${requests}{${gateway}}[$__rate_interval]))`, legend: '{{endpoint}}' }] },
  { title: 'Latency', says: 'At the gateway, to the end of the answer; interpolated between the bounds of buckets.', kind: 'timeseries', unit: 's', width: 8, queries: [quantile(0.5), quantile(0.9), quantile(0.99)] },
  { title: 'Requests by release', says: 'Who answers: a rollout moves traffic from one release to another.', kind: 'timeseries', unit: 'reqps', width: 8, queries: [{ expr: `sum by (endpoint, release) (rate(${requests}{${gateway}}[$__rate_interval]))`, legend: '{{endpoint}} {{release}}' }] },
  { title: 'In flight', says: 'Requests that replicas are answering.', kind: 'timeseries', unit: 'none', width: 8, queries: [{ expr: `sum by (endpoint) (slipway_gateway_requests_in_flight{${gateway}})`, legend: '{{endpoint}}' }] },
  { title: 'Missing in the log', says: 'Predictions that were answered and not logged, because the disk did not take them.', kind: 'timeseries', unit: 'none', width: 8, queries: [{ expr: `sum by (endpoint) (increase(slipway_gateway_log_lost_records_total{${gateway}}[$__rate_interval]))`, legend: '{{endpoint}}' }] },
  { title: 'Columns that have moved', says: 'Distance between baseline and the window of the last look, of at most 20 columns an endpoint.', kind: 'timeseries', unit: 'none', width: 8, queries: [{ expr: `slipway_endpoint_drift_distance{${companion}}`, legend: '{{endpoint}} {{column}}' }] },
  { title: 'Performance by labels', says: 'Of the predictions that have labels, with 95 % intervals.', kind: 'timeseries', unit: 'none', width: 8, queries: [{ expr: `slipway_endpoint_performance{${companion}}`, legend: '{{endpoint}} {{metric}}' }, { expr: `slipway_endpoint_performance_bound{${companion}}`, legend: '{{endpoint}} {{metric}} {{bound}}' }] },
  { title: 'Label coverage', says: 'Share of predicted rows that have a label.', kind: 'timeseries', unit: 'percentunit', width: 8, queries: [{ expr: `slipway_endpoint_label_coverage_ratio{${companion}}`, legend: '{{endpoint}}' }] },
  { title: 'Memory of model servers', says: 'Resident memory of the process of each replica that answered.', kind: 'timeseries', unit: 'bytes', width: 12, queries: [{ expr: `process_resident_memory_bytes{${replicas}}`, legend: '{{endpoint}} {{instance}}' }] },
  { title: 'Rows of a predict call', says: 'Median: how many rows the model servers predict together.', kind: 'timeseries', unit: 'none', width: 12, queries: [{ expr: `histogram_quantile(0.5, sum by (endpoint, le) (rate(slipway_batch_rows_bucket{${replicas}}[$__rate_interval])))`, legend: '{{endpoint}}' }] },
];

const panelHeight = 8;
const dashboardWidth = 24;

/** A dashboard of Grafana for what companion, gateway and model servers tell Prometheus (https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/). */
export function dashboard(): object {
  const source = { type: 'prometheus', uid: '${datasource}' };
  let [x, y] = [0, 0];
  return {
    uid: 'slipway-endpoints',
    title: 'Slipway endpoints',
    tags: ['slipway'],
    schemaVersion: 39,
    editable: true,
    refresh: '30s',
    time: { from: 'now-24h', to: 'now' },
    templating: {
      list: [
        { name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus' },
        { name: 'endpoint', label: 'Endpoint', type: 'query', datasource: source, query: `label_values(slipway_endpoint_info{job="${scrapeJobs.companion}"}, endpoint)`, refresh: 2, sort: 1, multi: true, includeAll: true, allValue: '.*', current: { text: 'All', value: '$__all' } },
      ],
    },
    panels: panels.map(({ title, says, kind, unit, width, queries }, index) => {
      if (x + width > dashboardWidth) {
        [x, y] = [0, y + panelHeight];
      }
      const gridPos = { x, y, w: width, h: panelHeight };
      x += width;
      return {
        id: index + 1,
        title,
        description: says,
        type: kind,
        datasource: source,
        gridPos,
        fieldConfig: { defaults: { unit }, overrides: [] },
        targets: queries.map(({ expr, legend }, number) => ({ refId: String.fromCharCode(65 + number), datasource: source, expr, legendFormat: legend, ...(kind === 'timeseries' ? {} : { instant: true }), ...(kind === 'table' ? { format: 'table' } : {}) })),
        ...(kind === 'table' ? { transformations: [{ id: 'organize', options: { excludeByName: { Time: true, Value: true, __name__: true, instance: true, job: true } } }] } : {}),
      };
    }),
  };
}
