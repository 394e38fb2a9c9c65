import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { builtCommand, commandLine, type CommandLine } from '../../harness/commandLine.ts';

/** Commands as the program's own help lists them. */
function commandsOf(help: string): string[] {
  const list = /\nCommands:\n([\s\S]*?)\n\n/.exec(help)?.[1] ?? '';
  return [...list.matchAll(/^ {2}([a-z][a-z-]*)/gm)].flatMap(([, name]) => (name === undefined || name === 'help' ? [] : [name]));
}

/** The help texts of commands, by one process for all: starting one takes longer than all of them. */
function helpsOf(commands: readonly string[]): ReadonlyMap<string, string> {
  const program = fileURLToPath(new URL('../../../server/cli/program.ts', import.meta.url));
  const script = `
    import { runProgram } from ${JSON.stringify(pathToFileURL(program).href)};
    for (const name of ${JSON.stringify(commands)}) {
      const code = await runProgram(['node', 'slipway', name, '--help']);
      process.stdout.write('\\0' + code + '\\0');
    }`;
  const parts = execFileSync(process.execPath, ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', script], { encoding: 'utf8' }).split('\0');
  return new Map(commands.map((name, index) => {
    assert.equal(parts[2 * index + 1], '0', name);
    return [name, parts[2 * index] ?? ''];
  }));
}

describe('slipway without a companion', () => {
  let home: string;
  let slipway: CommandLine;
  before(() => {
    home = mkdtempSync(path.join(tmpdir(), 'slipway-cli-'));
    slipway = commandLine(path.join(home, 'data'));
  });
  after(() => rmSync(home, { recursive: true, force: true }));

  it('shows an example with the help of every command', async () => {
    const { code, stdout } = await slipway.run(['--help']);
    assert.equal(code, 0);
    const commands = commandsOf(stdout);
    const required = ['serve', 'stop', 'status', 'runs', 'compare', 'register', 'models', 'deploy', 'promote', 'rollback', 'endpoints', 'releases', 'predict', 'monitor', 'logs'];
    assert.deepEqual(required.filter((name) => !commands.includes(name)), []);
    const helps = helpsOf(commands);
    assert.equal((await slipway.run(['deploy', '--help'])).stdout, helps.get('deploy'));
    for (const name of commands) {
      const help = helps.get(name) ?? '';
      assert.match(help, /^Usage: slipway /, name);
      assert.match(help, new RegExp(`\\nExamples:\\n {2}\\$ (slipway ${name}|eval)`), name);
    }
  });

  it('has every command in the table of README', async () => {
    const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');
    const chapter = /\n## The command line\n([\s\S]*?)\n## /.exec(readme)?.[1] ?? '';
    const named = [...chapter.matchAll(/^\| (.*?) \|/gm)].flatMap(([, cell = '']) => [...cell.matchAll(/`([a-z-]+)/g)].map(([, name]) => name));
    assert.deepEqual(commandsOf((await slipway.run(['--help'])).stdout).filter((name) => !named.includes(name)), []);
  });

  it('prints the version of the package', async () => {
    assert.match((await slipway.run(['--version'])).stdout, /^\d+\.\d+\.\d+\n$/);
  });

  it('ends with 2 and the words at fault when it is used in a wrong way, and starts nothing', async () => {
    const wrong: readonly (readonly [readonly string[], RegExp])[] = [
      [['depoly'], /unknown command 'depoly'[\s\S]*deploy/],
      [['deploy'], /missing required argument 'model'/],
      [['deploy', 'churn', '--canary', '10,500'], /percentages from 1 to 99/],
      [['deploy', 'churn', '--env', 'NOVALUE'], /NAME=VALUE/],
      [['deploy', 'churn', '--memory', '32'], /--memory <megabytes>[\s\S]*from 64 on/],
      [['runs', '--limit', 'many'], /whole number/],
      [['experiments', 'churn'], /too many arguments/],
      [['monitor', 'churn', '--minutes', '0'], /above 0/],
      [['predict', 'churn'], /--data/],
      [['config', 'nonsense=1'], /no setting nonsense/],
      [['completion', 'tcsh'], /bash, zsh or fish/],
      [[], /Usage: slipway/],
    ];
    for (const [args, message] of wrong) {
      const { code, stdout, stderr } = await slipway.run(args);
      assert.equal(code, 2, args.join(' '));
      assert.equal(stdout, '', args.join(' '));
      assert.match(stderr, message, args.join(' '));
      assert.doesNotMatch(stderr, /\n\s+at /, args.join(' '));
    }
    assert.equal(existsSync(path.join(home, 'data')), false);
  });

  it('tells programs in JSON what was wrong', async () => {
    const { code, value } = await slipway.json(['deploy', 'churn', '--workers', '0']);
    assert.equal(code, 2);
    assert.match(JSON.stringify(value), /"reason":"invalid-input".*--workers/);
  });

  it('says that no companion runs, with 5, and stops none with 0', async () => {
    const status = await slipway.run(['status']);
    assert.equal(status.code, 5);
    assert.match(status.stderr, /No companion is running[\s\S]*slipway serve/);
    const stop = await slipway.json(['stop']);
    assert.deepEqual([stop.code, stop.value], [0, { how: 'not-running', stopped: false }]);
  });

  it('says that the data home cannot be written', async () => {
    const file = path.join(home, 'file');
    writeFileSync(file, '');
    const { code, stderr } = await slipway.run(['runs'], { environment: { SLIPWAY_HOME: path.join(file, 'home') } });
    assert.equal(code, 5);
    assert.match(stderr, /cannot be written[\s\S]*SLIPWAY_HOME/);
  });

  it('completes commands, options, values and shells in a real bash', async () => {
    const script = path.join(home, 'completion.bash');
    writeFileSync(script, (await slipway.run(['completion', 'bash'])).stdout);
    const complete = (...words: readonly string[]): string[] => {
      const shell = spawnSync(
        'bash',
        ['--norc', '-c', 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(( $# - 1 )); _slipway; printf "%s\\n" "${COMPREPLY[@]}"', 'bash', script, ...words],
        { encoding: 'utf8' },
      );
      assert.equal(shell.status, 0, shell.stderr);
      return shell.stdout.split('\n').filter((word) => word !== '');
    };
    assert.deepEqual(complete('slipway', 'rol'), ['rollback']);
    assert.ok(complete('slipway', 'deploy', '--can').includes('--canary'));
    assert.deepEqual(complete('slipway', 'completion', 'z'), ['zsh']);
    assert.deepEqual(complete('slipway', 'complet'), ['completion']);
  });

  it('prints completion scripts that zsh and fish take, where they are installed', async (t) => {
    for (const [shell, check] of [['zsh', ['-n']], ['fish', ['--no-execute']]] as const) {
      const script = path.join(home, `completion.${shell}`);
      const { stdout } = await slipway.run(['completion', shell]);
      assert.match(stdout, /rollback/);
      writeFileSync(script, stdout);
      const parsed = spawnSync(shell, [...check, script], { encoding: 'utf8' });
      if (parsed.error === undefined) {
        assert.equal(parsed.status, 0, parsed.stderr);
      } else {
        t.diagnostic(`${shell} is not installed`);
      }
    }
  });

  it('ends quietly when the reader of its output has seen enough', async () => {
    const child = spawn('bash', ['-c', `set -o pipefail; "$1" "$2" completion bash | :`, 'bash', process.execPath, builtCommand], { env: process.env });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      stderr += chunk;
    });
    await new Promise((resolve) => child.once('close', resolve));
    assert.equal(stderr, '');
  });

  const node = findOlderNode();
  // A machine whose own Node is new has nothing to show here.
  if (node !== undefined) {
    it('goes on under the packaged Node when it is started by an older one', async () => {
      const version = await slipway.run(['--version'], { node });
      assert.equal(version.code, 0, version.stderr);
      assert.equal((await slipway.run(['runs', '--limit', 'many'], { node })).code, 2);
      assert.equal((await slipway.json(['status'], { node })).code, 5);
    });
  }

  it('works through the link that npm makes for a global command', () => {
    const bin = path.join(home, 'bin');
    mkdirSync(bin);
    symlinkSync(builtCommand, path.join(bin, 'slipway'));
    const { status, stdout, stderr } = spawnSync('slipway', ['--version'], {
      encoding: 'utf8',
      env: { ...process.env, PATH: [bin, path.dirname(process.execPath), process.env['PATH']].join(path.delimiter) },
    });
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^\d/);
  });
});

/** A Node below 22, as Debian and Ubuntu have it: on PATH or where version managers keep theirs. */
function findOlderNode(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter).filter((folder) => !folder.includes('node_modules'));
  const places = [...folders, '/usr/bin', '/usr/local/bin'].map((folder) => path.join(folder, 'node'));
  const managed = globSync(path.join(process.env['HOME'] ?? '/', '.nvm/versions/node/*/bin/node'));
  return [...places, ...managed].find((file) => {
    const { status, stdout } = existsSync(file) ? spawnSync(file, ['--version'], { encoding: 'utf8' }) : { status: 1, stdout: '' };
    const major = Number(/^v(\d+)/.exec(stdout)?.[1] ?? 99);
    return status === 0 && major >= 18 && major < 22;
  });
}
