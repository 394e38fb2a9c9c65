import path from 'node:path';
import { commands, Uri, window, workspace } from 'vscode';
import { cardMarkdown, cardPage } from '../../server/contract/format/cardText.ts';
import { cardStatementName, cardStatements, type ModelCard } from '../../server/contract/modelCard.ts';
import type { App } from '../app.ts';
import { askText, chosen } from '../vscode/prompts.ts';
import { showMarkdown } from '../vscode/readonlyText.ts';

const title = 'Slipway: Model Card';
const [fill, save] = ['Say What Is Missing', 'Save As…'];

/** Asks for what nobody has said, one after the other; an empty answer leaves it unsaid, Escape ends the questions. */
async function askStatements(card: ModelCard): Promise<Record<string, string>> {
  const said: Record<string, string> = {};
  const unsaid = cardStatementName.options.filter((name) => card.statements[name] === undefined);
  for (const [index, name] of unsaid.entries()) {
    const text = chosen(await askText({ title, prompt: `${cardStatements[name]} (may be left empty)`, step: index + 1, totalSteps: unsaid.length }));
    if (text === undefined) {
      break;
    }
    if (text.trim() !== '') {
      said[name] = text.trim();
    }
  }
  return said;
}

async function saveCard(card: ModelCard): Promise<void> {
  const folder = workspace.workspaceFolders?.[0]?.uri;
  const name = `${card.version.name}-${card.version.version}-card.md`;
  const target = await window.showSaveDialog({ title, filters: { Markdown: ['md'], HTML: ['html'] }, ...(folder === undefined ? {} : { defaultUri: Uri.joinPath(folder, name) }) });
  if (target !== undefined) {
    await workspace.fs.writeFile(target, Buffer.from(path.extname(target.path) === '.html' ? cardPage(card) : cardMarkdown(card)));
    await commands.executeCommand('vscode.open', target);
  }
}

/** Shows the card of a version; what only people know is asked for where somebody wants to say it, and kept with the version. */
export async function showModelCard({ connection }: App, version: { readonly name: string; readonly version: number }): Promise<void> {
  for (let card = await connection.call('getModelCard', version); ; ) {
    // The front matter is for the Hub, not to be read.
    await showMarkdown(`${version.name}-${version.version}-card.md`, cardMarkdown(card).replace(/^---\n[\s\S]*?\n---\n/, ''));
    const missing = cardStatementName.options.length - Object.keys(card.statements).length;
    const pressed = await window.showInformationMessage(missing === 0 ? 'The card is complete, as far as people are asked.' : `The card lacks ${missing} of ${cardStatementName.options.length} statements that only people can make.`, ...(missing === 0 ? [save] : [fill, save]));
    if (pressed === save) {
      return saveCard(card);
    }
    const statements = pressed === fill ? await askStatements(card) : {};
    if (Object.keys(statements).length === 0) {
      return;
    }
    card = await connection.call('writeCardStatements', { ...version, statements });
  }
}
