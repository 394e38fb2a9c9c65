import { createInterface } from 'node:readline/promises';
import { text as textOf } from 'node:stream/consumers';
import { Writable } from 'node:stream';
import { CallFailure } from '../client/callFailure.ts';
import { examples, type CommandGroup } from './command.ts';
import { connect } from './connection.ts';
import { exitCodes } from './exitCodes.ts';

/** A value from standard input: what a program writes there, or what a person types, which is not shown. The last line end is no part of it. */
async function readValue(name: string): Promise<string> {
  if (!process.stdin.isTTY) {
    return (await textOf(process.stdin)).replace(/\r?\n$/, '');
  }
  process.stderr.write(`Value of ${name}, which is not shown: `);
  const unseen = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: unseen, terminal: true });
  try {
    return await lines.question('');
  } finally {
    lines.close();
    process.stderr.write('\n');
  }
}

export const secretCommands: CommandGroup = (program, run) => {
  const secret = program
    .command('secret')
    .description('what replicas get as environment variables whose values belong into no release (slipway deploy --secret NAME)')
    .addHelpText('after', examples('secret set FEATURE_STORE_TOKEN < token.txt', 'secret list', 'secret delete FEATURE_STORE_TOKEN'));

  secret
    .command('set')
    .argument('<name>', 'name of the variable')
    .description('keep the value that standard input holds; replicas get it when they start')
    .addHelpText('after', examples('secret set FEATURE_STORE_TOKEN', 'secret set FEATURE_STORE_TOKEN < token.txt'))
    .action(
      run(async (output, name: string) => {
        const value = await readValue(name);
        if (value === '') {
          throw new CallFailure('invalid-input', 'Standard input holds no value.', { field: 'value', remedy: `Type it, or give it as in "slipway secret set ${name} < FILE".` });
        }
        await (await connect()).call('setSecret', { name, value });
        output.result({ name, kept: true }, () => `${name} is kept. Replicas that are started from now on get it where their release asks for it.`);
        return exitCodes.success;
      }),
    );

  secret
    .command('list')
    .description('the names of the secrets')
    .addHelpText('after', examples('secret list'))
    .action(
      run(async (output) => {
        const { names } = await (await connect()).call('listSecrets', {});
        output.result({ names }, () => (names.length === 0 ? 'There are none.' : names.join('\n')));
        return exitCodes.success;
      }),
    );

  secret
    .command('delete')
    .argument('<name>', 'name of the variable')
    .description('forget a secret; replicas that have it keep it until they end')
    .addHelpText('after', examples('secret delete FEATURE_STORE_TOKEN'))
    .action(
      run(async (output, name: string) => {
        await (await connect()).call('deleteSecret', { name });
        output.result({ name, kept: false }, () => `${name} is forgotten.`);
        return exitCodes.success;
      }),
    );
};
