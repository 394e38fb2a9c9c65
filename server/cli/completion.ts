import type { Command, Option } from 'commander';
import { CallFailure } from '../client/callFailure.ts';
import type { CompanionClient } from '../client/companionClient.ts';
import { examples, type CommandGroup } from './command.ts';
import { connectToRunning } from './connection.ts';

/** What the words behind a command or an option name; the running companion knows which there are. */
const kinds = ['endpoint', 'model', 'run', 'setting', 'target'] as const;
type Kind = (typeof kinds)[number];

interface Word {
  readonly name: string;
  readonly description: string;
  readonly options: readonly string[];
  /** Options whose values the running companion knows. */
  readonly lookups: readonly { readonly option: string; readonly kind: Kind }[];
  readonly names: Kind | undefined;
}

const kindOfArgument: Readonly<Record<string, Kind>> = {
  endpoint: 'endpoint',
  'endpoint-or-release': 'endpoint',
  model: 'model',
  run: 'run',
  runs: 'run',
  settings: 'setting',
  target: 'target',
};

/** The name of an option's value, such as `target` of `--target <target>`. */
function valueName({ flags }: Option): string {
  return /[<[](\w+)/.exec(flags)?.[1] ?? '';
}

function wordsOf(program: Command): Word[] {
  return program.createHelp().visibleCommands(program).filter((command) => command.name() !== 'help').map((command) => ({
    name: command.name(),
    description: command.description(),
    options: ['--json', '--help', ...command.options.flatMap(({ long }) => (long == null ? [] : [long]))],
    lookups: command.options.flatMap((option) => {
      const kind = kindOfArgument[valueName(option)];
      return option.long == null || kind === undefined ? [] : [{ option: option.long, kind }];
    }),
    names: kindOfArgument[command.registeredArguments[0]?.name() ?? ''],
  }));
}

function bash(words: readonly Word[]): string {
  const values = words.flatMap(({ name, lookups }) =>
    lookups.map(({ option, kind }) => `    ${name},${option}) COMPREPLY=($(compgen -W "$("\${COMP_WORDS[0]}" complete ${kind} 2>/dev/null)" -- "$word")); return ;;`),
  );
  const options = words.map(({ name, options: of }) => `      ${name}) COMPREPLY=($(compgen -W "${of.join(' ')}" -- "$word")) ;;`);
  const names = words.flatMap(({ name, names: kind }) => (kind === undefined ? [] : [`      ${name}) COMPREPLY=($(compgen -W "$("\${COMP_WORDS[0]}" complete ${kind} 2>/dev/null)" -- "$word")) ;;`]));
  return `_slipway() {
  local word="\${COMP_WORDS[COMP_CWORD]}"
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${words.map(({ name }) => name).join(' ')} help" -- "$word"))
    return
  fi
  case "\${COMP_WORDS[1]},\${COMP_WORDS[COMP_CWORD-1]}" in
${values.join('\n')}
  esac
  if [[ "$word" == -* ]]; then
    case "\${COMP_WORDS[1]}" in
${options.join('\n')}
    esac
  else
    case "\${COMP_WORDS[1]}" in
      completion) COMPREPLY=($(compgen -W "${Object.keys(shells).join(' ')}" -- "$word")) ;;
${names.join('\n')}
    esac
  fi
}
complete -o default -F _slipway slipway`;
}

function zsh(words: readonly Word[]): string {
  const described = words.map(({ name, description }) => `    '${`${name}:${description.replace(/:/g, '\\:')}`.replace(/'/g, "'\\''")}'`);
  const cases = words.map(({ name, options, names: kind }) => {
    const named = kind === undefined ? '_files' : `compadd -- \${(f)"$(slipway complete ${kind} 2>/dev/null)"}`;
    return `      ${name}) if [[ "$PREFIX" == -* ]]; then compadd -- ${options.join(' ')}; else ${named}; fi ;;`;
  });
  return `#compdef slipway
_slipway() {
  local -a commands=(
${described.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
  else
    case "$words[2]" in
${cases.join('\n')}
    esac
  fi
}
compdef _slipway slipway`;
}

function fish(words: readonly Word[]): string {
  return words
    .flatMap(({ name, description, options, lookups, names: kind }) => {
      const seen = `-n '__fish_seen_subcommand_from ${name}'`;
      return [
        `complete -c slipway -n __fish_use_subcommand -f -a ${name} -d '${description.replace(/'/g, "\\'")}'`,
        ...options.map((option) => `complete -c slipway ${seen} -l ${option.slice(2)}`),
        ...lookups.map(({ option, kind: of }) => `complete -c slipway ${seen} -l ${option.slice(2)} -x -a '(slipway complete ${of} 2>/dev/null)'`),
        ...(kind === undefined ? [] : [`complete -c slipway ${seen} -f -a '(slipway complete ${kind} 2>/dev/null)'`]),
      ];
    })
    .join('\n');
}

const shells: Readonly<Record<string, (words: readonly Word[]) => string>> = { bash, zsh, fish };

async function namesOf(client: CompanionClient, kind: Kind): Promise<string[]> {
  switch (kind) {
    case 'endpoint':
      return (await client.call('listEndpoints', {})).endpoints.map(({ name }) => name);
    case 'model':
      return (await client.call('listModels', {})).models.map(({ name }) => name);
    case 'run':
      return (await client.call('listRuns', { limit: 50 })).runs.map(({ runId }) => runId);
    case 'setting':
      return Object.keys(await client.call('getSettings', {}));
    case 'target':
      return (await client.call('listTargets', {})).targets.map(({ kind: target }) => target);
  }
}

export const completionCommand: CommandGroup = (program, run) => {
  program
    .command('completion')
    .description('print a completion script for bash, zsh or fish')
    .argument('<shell>')
    .addHelpText('after', examples('completion bash > ~/.local/share/bash-completion/completions/slipway', 'completion zsh > ~/.zfunc/_slipway', 'completion fish > ~/.config/fish/completions/slipway.fish'))
    .action(
      run((output, shell: string) => {
        const generate = Object.hasOwn(shells, shell) ? shells[shell] : undefined;
        if (generate === undefined) {
          throw new CallFailure('invalid-input', `There is no completion for ${shell}.`, { field: 'shell', remedy: 'Use bash, zsh or fish.' });
        }
        const script = generate(wordsOf(program));
        output.result({ script }, () => script);
        return Promise.resolve();
      }),
    );

  // For the scripts above, at each press of the tab key: it starts nothing.
  program
    .command('complete', { hidden: true })
    .argument('<kind>')
    .action(
      run(async (output, asked: string) => {
        const kind = kinds.find((one) => one === asked);
        const names = kind === undefined ? [] : await namesOf(await connectToRunning(), kind);
        output.result({ names }, () => names.filter((name) => !/\s/.test(name)).join('\n'));
      }),
    );
};
