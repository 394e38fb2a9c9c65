import { formatDuration } from '../../server/contract/format/durations.ts';
import { formatNumber, formatShare } from '../../server/contract/format/numbers.ts';
import type { LiveTime, LiveTraffic } from '../../server/contract/timeline.ts';
import { wordFor } from '../../server/contract/unknown.ts';

/** What brought a release to an endpoint, and who. */
export function causeOf({ broughtBy }: Pick<LiveTime, 'broughtBy'>): { readonly icon: string; readonly words: string } {
  if (broughtBy === undefined) {
    return { icon: 'question', words: 'What brought it is not known' };
  }
  const { kind, automatic, by, fromVersion } = broughtBy;
  const from = kind === 'rollback' && fromVersion !== undefined ? ` from v${fromVersion}` : '';
  if (automatic) {
    return { icon: 'warning', words: `Automatic ${kind}${from}` };
  }
  return { icon: kind === 'rollback' ? 'discard' : 'rocket', words: `${wordFor({ deploy: 'Deploy', rollback: 'Rollback' }, kind)}${from} by ${by}` };
}

interface Figure {
  readonly name: string;
  readonly value: string;
}

/** Requests, errors and p99; what was refused, reached no release or is not in the log only where there is some. */
export function figuresOf({ requests, serverErrors, clientErrors, unreached, lost, p99 }: LiveTraffic): Figure[] {
  const ofRequests = (count: number): string => (count === 0 ? '0' : `${formatNumber(count)} (${formatShare(count / requests)})`);
  const some = (name: string, count: number, value = formatNumber(count)): Figure[] => (count === 0 ? [] : [{ name, value }]);
  return [
    { name: 'Requests', value: formatNumber(requests) },
    { name: 'Errors', value: requests === 0 ? '–' : ofRequests(serverErrors) },
    { name: 'p99', value: p99 === null ? '–' : formatDuration(p99) },
    ...some('Refused input', clientErrors, ofRequests(clientErrors)),
    ...some('Reached no replica', unreached),
    ...some('Not in the log', lost),
  ];
}
