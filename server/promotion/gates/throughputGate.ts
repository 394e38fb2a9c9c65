import { formatNumber } from '../../contract/format/numbers.ts';
import { failed, notEvaluated, passed, type Gate } from './gate.ts';

export const throughputGate: Gate<'throughput'> = {
  id: 'throughput',
  label: 'Throughput at a replica',
  async judge({ throughput }, { requestsPerSecond }) {
    if (requestsPerSecond === undefined) {
      return notEvaluated('The policy names no requestsPerSecond.');
    }
    const measured = await throughput();
    if (typeof measured === 'string') {
      return notEvaluated(measured);
    }
    const { requests, atOnce, seconds } = measured;
    const rate = requests / seconds;
    const words = `${formatNumber(rate)} requests a second of ${requests} with the recorded example, ${atOnce} at once`;
    return rate < requestsPerSecond ? failed(`${words}; at least ${formatNumber(requestsPerSecond)} are asked for.`) : passed(`${words}.`);
  },
};
