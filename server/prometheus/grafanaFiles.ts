import path from 'node:path';
import { stringify } from 'yaml';
import { dashboard } from './dashboard.ts';

export interface GrafanaFile {
  /** Below the folder, with slashes. */
  readonly path: string;
  readonly content: string;
}

/**
 * The dashboard and what has Grafana find it (https://grafana.com/docs/grafana/latest/administration/provisioning/).
 * @param folder where the files will lie, as Grafana reads them
 * @param prometheus its address
 */
export function grafanaFiles(folder: string, prometheus: string): readonly GrafanaFile[] {
  const dashboards = path.join(folder, 'dashboards');
  return [
    { path: 'dashboards/slipway-endpoints.json', content: `${JSON.stringify(dashboard(), null, 2)}\n` },
    { path: 'provisioning/datasources/slipway.yaml', content: stringify({ apiVersion: 1, datasources: [{ name: 'Slipway', uid: 'slipway-prometheus', type: 'prometheus', access: 'proxy', url: prometheus }] }) },
    {
      path: 'provisioning/dashboards/slipway.yaml',
      content: stringify({ apiVersion: 1, providers: [{ name: 'Slipway', folder: 'Slipway', type: 'file', disableDeletion: false, allowUiUpdates: false, updateIntervalSeconds: 30, options: { path: dashboards } }] }),
    },
  ];
}
