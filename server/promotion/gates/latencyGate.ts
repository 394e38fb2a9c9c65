import { formatDuration } from '../../contract/format/durations.ts';
import { failed, notEvaluated, passed, type Gate } from './gate.ts';

export const latencyGate: Gate<'latency'> = {
  id: 'latency',
  label: 'Latency at a replica',
  async judge({ latencies }, { p99Milliseconds }) {
    if (p99Milliseconds === undefined) {
      return notEvaluated('The policy names no p99Milliseconds.');
    }
    const measured = await latencies();
    if (typeof measured === 'string') {
      return notEvaluated(measured);
    }
    const sorted = measured.toSorted((a, b) => a - b);
    const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? 0;
    const words = `p50 ${formatDuration(at(0.5))}, p99 ${formatDuration(at(0.99))} of ${sorted.length} requests with the recorded example, one at a time`;
    return at(0.99) > p99Milliseconds ? failed(`${words}; at most ${formatDuration(p99Milliseconds)} is asked for.`) : passed(`${words}.`);
  },
};
