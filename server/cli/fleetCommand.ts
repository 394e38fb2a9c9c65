import colors from 'picocolors';
import type { FleetEntry } from '../contract/fleet.ts';
import { formatAge, formatLatency } from '../contract/format/durations.ts';
import { changeSentence, driftWord, needsSomebody, performanceText, standingSentence, standingWord } from '../contract/format/fleet.ts';
import { formatNumber, formatShare } from '../contract/format/numbers.ts';
import { isUnwell } from '../contract/monitoring.ts';
import { examples, type CommandGroup } from './command.ts';
import { connect } from './connection.ts';
import { table } from './output.ts';

function coloured(entry: FleetEntry): string {
  const word = standingWord(entry);
  switch (entry.standing) {
    case 'well':
      return colors.green(word);
    case 'quiet':
    case 'stopped':
      return colors.dim(word);
    case 'incident':
    case 'failed':
      return colors.red(word);
    default:
      return colors.yellow(word);
  }
}

function errorsOf({ requests, serverErrors }: FleetEntry['traffic']): string {
  return requests === 0 ? '-' : formatShare(serverErrors / requests);
}

/** The fleet for people: a line an endpoint, and a sentence for those that need somebody or have changed. */
export function describeFleet(endpoints: readonly FleetEntry[], now: number): string {
  const rows = endpoints.map((entry) => {
    const { endpoint, since, liveVersion, liveSince, traffic, incident } = entry;
    return [
      endpoint,
      coloured(entry),
      since === null ? '-' : formatAge(since, now),
      formatNumber(traffic.requests),
      errorsOf(traffic),
      traffic.p99 === null ? '-' : formatLatency(traffic.p99),
      driftWord(entry).replace('–', '-'),
      performanceText(entry).replace('–', '-'),
      liveVersion === null || liveSince === null ? '-' : `v${liveVersion}, ${formatAge(liveSince, now)}`,
      incident === null ? '-' : `${incident.id}, ${formatAge(incident.openedAt, now)}`,
    ];
  });
  const said = endpoints.flatMap((entry) => {
    const sentences = [...(needsSomebody(entry) ? [standingSentence(entry, now)] : []), ...(entry.drift !== null && isUnwell(entry.drift) ? [entry.drift.sentence] : []), changeSentence(entry, now) ?? ''].filter((text) => text !== '');
    return sentences.length === 0 ? [] : [`${colors.bold(entry.endpoint)} ${[...new Set(sentences)].join(' ')}`];
  });
  return [table(['endpoint', 'stands', 'since', '>requests/h', '>failed', '>p99', 'drift', 'performance', 'release', 'last incident'], rows, 'There are no endpoints.'), ...(said.length === 0 ? [] : ['', ...said])].join('\n');
}

export const fleetCommand: CommandGroup = (program, run) => {
  program
    .command('fleet')
    .description('all endpoints and how they stand, those that need somebody first')
    .addHelpText('after', examples('fleet', 'fleet --json'))
    .action(
      run(async (output) => {
        const client = await connect();
        const found = await client.call('listFleet', {});
        output.result(found, () => describeFleet(found.endpoints, Date.now()));
      }),
    );
};
