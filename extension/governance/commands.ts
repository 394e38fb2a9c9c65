import os from 'node:os';
import path from 'node:path';
import { commands, Uri, window, workspace } from 'vscode';
import { auditFileHead, auditFileLine, auditFormats } from '../../server/contract/format/auditExport.ts';
import { plural } from '../../server/contract/format/plural.ts';
import { writeHead } from '../../server/contract/governance.ts';
import { wordFor } from '../../server/contract/unknown.ts';
import type { App, AppCommands } from '../app.ts';
import { modelSubject } from '../registry/versionPrompts.ts';
import { subjectAs } from '../vscode/commands.ts';
import { escapeMarkdown } from '../vscode/format.ts';
import { withMessage } from '../vscode/progress.ts';
import { showMarkdown } from '../vscode/readonlyText.ts';

async function exportAudit({ connection }: App): Promise<void> {
  const folder = workspace.workspaceFolders?.[0]?.uri ?? Uri.file(os.homedir());
  const target = await window.showSaveDialog({ title: 'Slipway: Export Audit Log', defaultUri: Uri.joinPath(folder, 'audit.jsonl'), filters: { 'JSON Lines': ['jsonl'], CSV: ['csv'] } });
  if (target === undefined) {
    return;
  }
  const format = auditFormats.find((each) => path.extname(target.path) === `.${each}`) ?? 'jsonl';
  const lines = [auditFileHead(format)];
  await withMessage('Reading the audit log', async () => {
    for (let after = 0; ; ) {
      const { entries } = await connection.call('listAudit', { after, limit: 1000 });
      const last = entries.at(-1);
      if (last === undefined) {
        break;
      }
      lines.push(...entries.map((entry) => auditFileLine(entry, format)));
      after = last.sequence;
    }
    await workspace.fs.writeFile(target, Buffer.from(lines.join('')));
  });
  void window.showInformationMessage(`Saved ${plural(lines.length - 1, 'entry', 'entries')} of the audit log.`, 'Open').then((answer) => (answer === 'Open' ? commands.executeCommand('vscode.open', target) : undefined));
}

/** Says in one line that the log is as it was written; what is wrong is a page. */
async function verifyAudit({ connection }: App): Promise<void> {
  const { intact, entries, head, restores, problems, notes } = await withMessage('Checking the audit log', () => connection.call('verifyAudit', {}));
  if (intact && notes.length === 0) {
    void window.showInformationMessage(`The audit log is intact: ${plural(entries, 'entry', 'entries')}, head ${writeHead({ count: entries, digest: head, restores })}.`);
    return;
  }
  const lines = [
    '# The audit log',
    intact ? `It is intact: ${plural(entries, 'entry', 'entries')}, head \`${writeHead({ count: entries, digest: head, restores })}\`.` : `**${plural(problems.length, 'thing is', 'things are')} wrong.**`,
    ...problems.map(({ message, remedy }) => `- ${message}\n\n  ${remedy}`),
    ...notes.map((note) => `- ${note}`),
  ];
  await showMarkdown('audit-log.md', lines.join('\n\n'));
}

/** What a model lacks, or each, as a page with the commands that add it. */
async function showReadiness({ connection }: App, subject: unknown): Promise<void> {
  const { models } = await withMessage('Looking at what models have', () => connection.call('listReadiness', subjectAs(modelSubject, subject) ?? {}));
  const line = (text: string): string => escapeMarkdown(text.replace(/\s+/g, ' '));
  const words: Readonly<Record<string, string>> = { has: '✓', lacks: '**lacks**', 'not-yet': 'not yet' };
  const pages = models.flatMap(({ model, version, items }) => [
    `## ${line(model)} version ${version}: ${items.filter(({ state }) => state === 'has').length} of ${items.length}`,
    '',
    '| | | because | add it by |',
    '|---|---|---|---|',
    ...items.map(({ label, state, detail, command }) => `| ${line(label)} | ${wordFor(words, state)} | ${line(detail)} | ${command === undefined ? '' : `\`${command.replaceAll('`', '')}\``} |`),
    '',
  ]);
  await showMarkdown('readiness.md', ['# Readiness', '', ...(models.length === 0 ? ['There is no registered model yet.'] : pages)].join('\n'));
}

export const governanceCommands: AppCommands = {
  'slipway.exportAudit': { doing: 'exporting the audit log', run: exportAudit },
  'slipway.showReadiness': { doing: 'looking at what models have', run: showReadiness },
  'slipway.verifyAudit': { doing: 'checking the audit log', run: verifyAudit },
};
