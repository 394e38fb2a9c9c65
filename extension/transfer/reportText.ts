import type { Transfer, TransferState, TransferCounts, TransferFinding, TransferReport } from '../../server/contract/transfer.ts';
import { wordFor } from '../../server/contract/unknown.ts';
import { escapeMarkdown } from '../vscode/format.ts';
import { formatBytes } from '../../server/contract/format/bytes.ts';
import { formatDuration } from '../../server/contract/format/durations.ts';

const kinds: readonly (readonly [keyof TransferCounts, string])[] = [
  ['experiments', 'Experiments'],
  ['runs', 'Runs'],
  ['params', 'Params'],
  ['tags', 'Tags'],
  ['metrics', 'Metric points'],
  ['datasets', 'Dataset inputs'],
  ['models', 'Logged models'],
  ['registeredModels', 'Registered models'],
  ['versions', 'Versions'],
  ['aliases', 'Aliases'],
  ['artifacts', 'Artifacts'],
  ['bytes', 'Bytes of artifacts'],
];

function countsTable({ source, target, added }: TransferReport): string {
  const show = (kind: keyof TransferCounts, count: number): string => (kind === 'bytes' ? formatBytes(count) : count.toLocaleString('en-US'));
  const rows = kinds.map(([kind, name]) => {
    const differs = source[kind] !== target[kind];
    const there = show(kind, target[kind]);
    return `| ${name} | ${show(kind, source[kind])} | ${differs ? `**${there}**` : there} | ${show(kind, added[kind])} |`;
  });
  return ['| | In the source | Of it in the target | Added |', '|---|---:|---:|---:|', ...rows].join('\n');
}

function findings(title: string, about: string, list: readonly TransferFinding[]): string[] {
  const rows = list.map(({ kind, id, message }) => `| ${escapeMarkdown(kind)} | ${escapeMarkdown(id)} | ${escapeMarkdown(message)} |`);
  return list.length === 0 ? [] : [`## ${title}`, about, ['| | | |', '|---|---|---|', ...rows].join('\n')];
}

const endings: Readonly<Record<TransferState, string>> = {
  running: 'It still runs.',
  succeeded: 'Everything that the source holds is in the target.',
  incomplete: 'It went to its end, and not everything is the same on both sides.',
  failed: 'It failed. What was carried stays; started again, it goes on.',
  cancelled: 'It was cancelled. What was carried stays; started again, it goes on.',
  interrupted: 'The companion ended before it was done. What was carried stays; started again, it goes on.',
};

/** The location as a word of code: Markdown would take a part of a URL for a link. */
function heading({ direction, location }: Transfer): string {
  return `${direction === 'import' ? 'Import from' : 'Export to'} \`${location.replaceAll('`', '')}\``;
}

export function transferTitle({ direction, location }: Pick<Transfer, 'direction' | 'location'>): string {
  return `${direction === 'import' ? 'Import from' : 'Export to'} ${location}`;
}

/** The report of a transfer as a Markdown document: how it ended, what both sides hold, conflicts and differences. */
export function transferText(transfer: Transfer): string {
  const { state, message, startedAt, endedAt, report, progress } = transfer;
  const facts = [`Started ${new Date(startedAt).toLocaleString()}`, ...(endedAt === undefined ? [] : [`took ${formatDuration(endedAt - startedAt)}`])];
  const told = message !== '' && !wordFor(endings, state).startsWith(message) ? [escapeMarkdown(message)] : [];
  const sofar = report === undefined ? [`Carried so far: ${describeCarried(progress)}.`] : [countsTable(report), 'The counts are those of a comparison of both sides at the end, and the artifacts were compared with each other.'];
  return [
    `# ${heading(transfer)}`,
    `**${wordFor(endings, state)}**`,
    facts.join(' · '),
    ...told,
    ...sofar,
    ...(report === undefined
      ? []
      : [
          ...findings('Conflicts', 'The target uses these ids for other content. Nothing of it was overwritten.', report.conflicts),
          ...findings('Differences', 'The comparison at the end found these missing or different.', report.differences),
          ...findings('Not carried', 'These must not or cannot be carried; the rest is there.', report.notCarried),
          ...(report.more === 0 ? [] : [`${report.more} more are not listed.`]),
          ...(report.notes.length === 0 ? [] : ['## Notes', report.notes.map((note) => `- ${escapeMarkdown(note)}`).join('\n')]),
        ]),
    '',
  ].join('\n\n');
}

/** `120 of 400 runs, 12,000 points, 31 files (4 MB) added`. */
export function describeCarried({ runs, totalRuns, added }: Transfer['progress']): string {
  const of = totalRuns === undefined ? '' : ` of ${totalRuns.toLocaleString('en-US')}`;
  return `${runs.toLocaleString('en-US')}${of} runs, ${added.metrics.toLocaleString('en-US')} points and ${added.artifacts.toLocaleString('en-US')} files (${formatBytes(added.bytes)}) added`;
}
