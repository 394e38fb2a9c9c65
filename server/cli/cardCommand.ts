import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { CallFailure } from '../client/callFailure.ts';
import { cardMarkdown, cardPage } from '../contract/format/cardText.ts';
import { cardStatementName, cardStatements } from '../contract/modelCard.ts';
import { examples, type CommandGroup } from './command.ts';
import { connect } from './connection.ts';
import { versionOf } from './versionOf.ts';
import { collectAssignment, splitOnce } from './words.ts';

function statementOf(text: string): [string, string] {
  const [name, value] = splitOnce(text, '=');
  if (!cardStatementName.safeParse(name).success) {
    throw new CallFailure('invalid-input', `${name} is nothing that a card asks people for.`, { field: 'say', remedy: `It is one of ${Object.keys(cardStatements).join(', ')}.` });
  }
  return [name, value];
}

export const cardCommand: CommandGroup = (program, run) => {
  program
    .command('card')
    .description('the model card of a version, from what is known of it; what only people know is kept with the version by --say')
    .argument('<model>', 'MODEL, MODEL:VERSION, MODEL@VERSION or MODEL@ALIAS')
    .option('--say <name=text>', `${Object.keys(cardStatements).join(', ')}: may be given several times; an empty text takes it back`, collectAssignment, [])
    .option('-o, --out <file>', 'write it there: .html is a page of one file, anything else Markdown with the front matter of the Hugging Face Hub')
    .addHelpText('after', examples('card churn@champion', 'card churn:7 --say owner="churn team, #churn" --say limits="not for business customers"', 'card churn@champion --out README.md', 'card churn:7 -o card.html'))
    .action(
      run(async (output, reference: string, options: { say: string[]; out?: string }) => {
        const statements = Object.fromEntries(options.say.map(statementOf));
        const client = await connect();
        const version = await versionOf(client, reference);
        const card = options.say.length === 0 ? await client.call('getModelCard', version) : await client.call('writeCardStatements', { ...version, statements });
        const unsaid = cardStatementName.options.filter((name) => card.statements[name] === undefined);
        if (options.out !== undefined) {
          writeFileSync(options.out, path.extname(options.out).toLowerCase() === '.html' ? cardPage(card) : cardMarkdown(card));
        }
        output.result(card, () => (options.out === undefined ? cardMarkdown(card) : `The card of ${card.version.name} ${card.version.version} is in ${options.out}.`));
        if (unsaid.length > 0) {
          output.progress(`Nobody has said: ${unsaid.join(', ')}. "slipway card ${card.version.name}:${card.version.version} --say ${unsaid[0] ?? ''}=TEXT" keeps it with the version.`);
        }
      }),
    );
};
