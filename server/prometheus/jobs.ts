/** Names of the scrape jobs: rules and panels ask for series of these alone, since the code of a model can make a model server say anything. */
export const scrapeJobs = { companion: 'slipway', gateway: 'slipway-gateway', replicas: 'slipway-replicas' } as const;

/** A string of PromQL, with what stands in it escaped as in Go. */
export function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}
