import type { Command } from 'commander';
import { CallFailure } from '../client/callFailure.ts';
import type { CommandGroup } from './command.ts';

interface Word {
  readonly name: string;
  readonly description: string;
  readonly options: readonly string[];
}

function wordsOf(program: Command): Word[] {
  return program.commands.map((command) => ({
    name: command.name(),
    description: command.description(),
    options: ['--json', '--help', ...command.options.flatMap(({ long }) => (long == null ? [] : [long]))],
  }));
}

function bash(words: readonly Word[]): string {
  const cases = words.map(({ name, options }) => `    ${name}) COMPREPLY=($(compgen -W "${options.join(' ')}" -- "$word")) ;;`);
  return `_slipway() {
  local word="\${COMP_WORDS[COMP_CWORD]}"
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${words.map(({ name }) => name).join(' ')} help" -- "$word"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
  esac
}
complete -o default -F _slipway slipway`;
}

function zsh(words: readonly Word[]): string {
  const described = words.map(({ name, description }) => `    '${name}:${description.replace(/'/g, "'\\''").replace(/:/g, '\\:')}'`);
  const cases = words.map(({ name, options }) => `      ${name}) compadd -- ${options.join(' ')}; _files ;;`);
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
    .flatMap(({ name, description, options }) => [
      `complete -c slipway -n __fish_use_subcommand -a ${name} -d '${description.replace(/'/g, "\\'")}'`,
      ...options.map((option) => `complete -c slipway -n '__fish_seen_subcommand_from ${name}' -l ${option.slice(2)}`),
    ])
    .join('\n');
}

const shells: Readonly<Record<string, (words: readonly Word[]) => string>> = { bash, zsh, fish };

export const completionCommand: CommandGroup = (program, run) => {
  program
    .command('completion')
    .description('print a completion script for bash, zsh or fish')
    .argument('<shell>')
    .addHelpText('after', '\nExample:\n  $ source <(slipway completion bash)')
    .action(
      run((output, shell: string) => {
        const generate = shells[shell];
        if (generate === undefined) {
          throw new CallFailure('invalid-input', `There is no completion for ${shell}.`, { field: 'shell', remedy: 'Use bash, zsh or fish.' });
        }
        const script = generate(wordsOf(program));
        output.result({ script }, () => script);
        return Promise.resolve();
      }),
    );
};
