import type { Family } from './exposition.ts';

/** What Prometheus' own libraries tell of a process, by the same names, of this one. */
export function processMetrics(): readonly Family[] {
  const { user, system } = process.cpuUsage();
  return [
    { name: 'process_start_time_seconds', kind: 'gauge', help: 'Start of this process since the epoch.', samples: [{ value: Math.round(Date.now() - process.uptime() * 1000) / 1000 }] },
    { name: 'process_cpu_seconds_total', kind: 'counter', help: 'Processor time that this process has used.', samples: [{ value: (user + system) / 1e6 }] },
    { name: 'process_resident_memory_bytes', kind: 'gauge', help: 'Resident memory of this process.', samples: [{ value: process.memoryUsage.rss() }] },
  ];
}
