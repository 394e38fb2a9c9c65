import { MarkdownString } from 'vscode';
import type { Connection } from '../companion/connection.ts';
import { servedDuring } from '../../server/contract/aliasHistory.ts';
import type { RegisteredModel } from '../../server/contract/registry.ts';
import { escapeMarkdown } from '../vscode/format.ts';
import { formatAge, formatDuration } from '../../server/contract/format/durations.ts';

const stretchesShown = 8;

/** What a model is, and which version each of its aliases named when: who moved it, for how long, and on which endpoints it was live. */
export async function modelTooltip(connection: Connection, model: RegisteredModel): Promise<MarkdownString> {
  const [{ moves, recorded }, { spans }] = await Promise.all([connection.call('listAliasMoves', { name: model.name }), connection.call('listLiveSpans', { model: model.name })]);
  const rows = moves.slice(0, stretchesShown).map((move) => {
    const version = move.version === undefined ? 'removed' : `version ${move.version}`;
    const when = move.until === undefined ? `since ${formatAge(move.from)}` : `${formatAge(move.from)}, for ${formatDuration(move.until - move.from)}`;
    const live = [...new Set(servedDuring(move, spans).map(({ endpoint }) => endpoint))].join(', ');
    return `| @${escapeMarkdown(move.alias)} | ${version} | ${when} | ${escapeMarkdown(move.actor)} | ${escapeMarkdown(live)} |`;
  });
  const table = ['| Alias | Version | When | By | Live on |', '|---|---|---|---|---|', ...rows].join('\n');
  const more = moves.length > stretchesShown ? `\n\n${moves.length - stretchesShown} earlier moves` : '';
  const description = model.description === '' ? '' : `\n\n${escapeMarkdown(model.description)}`;
  return new MarkdownString(`**${escapeMarkdown(model.name)}**${description}${!recorded ? '' : rows.length === 0 ? '\n\nNo alias was ever set.' : `\n\n${table}${more}`}`);
}
