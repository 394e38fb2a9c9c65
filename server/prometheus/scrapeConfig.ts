import { stringify } from 'yaml';
import { scrapeJobs } from './jobs.ts';

export interface ScrapedPlaces {
  readonly companionPort: number;
  readonly gatewayPort: number;
  /** The file with the scrape token, where Prometheus reads it. */
  readonly credentialsFile: string;
  /** Of alert rules, where Prometheus is to read some. */
  readonly ruleFiles: readonly string[];
}

/** A prometheus.yml that scrapes companion, gateway and, found through the gateway, every model server (https://prometheus.io/docs/prometheus/latest/configuration/configuration/). */
export function scrapeConfig({ companionPort, gatewayPort, credentialsFile, ruleFiles }: ScrapedPlaces): string {
  // Service discovery by HTTP sends no type where none is named (Prometheus 2.42).
  const access = { authorization: { type: 'Bearer', credentials_file: credentialsFile } };
  const gateway = `127.0.0.1:${gatewayPort}`;
  return stringify({
    global: { scrape_interval: '15s', evaluation_interval: '15s' },
    ...(ruleFiles.length === 0 ? {} : { rule_files: ruleFiles }),
    scrape_configs: [
      { job_name: scrapeJobs.companion, ...access, static_configs: [{ targets: [`127.0.0.1:${companionPort}`] }] },
      { job_name: scrapeJobs.gateway, ...access, static_configs: [{ targets: [gateway] }] },
      { job_name: scrapeJobs.replicas, ...access, http_sd_configs: [{ url: `http://${gateway}/metrics/replicas`, ...access, refresh_interval: '30s' }] },
    ],
  }, { aliasDuplicateObjects: false, lineWidth: 0 });
}
