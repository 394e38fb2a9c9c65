import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { Command } from 'commander';
import { addServingOptions, readServingOptions } from '../../../server/cli/servingOptions.ts';
import { readServing, servingConfig, servingSettings, servingWords, settingsOf, shownServing } from '../../../server/contract/servingConfig.ts';

const other = servingConfig.parse({
  method: 'both',
  threshold: { no: 0.7, 'a=b': 0.25 },
  costs: [[0, 1], [5.5, 0]],
  before: { file: 'steps.py', name: 'clean', source: 'def clean(rows): return rows' },
  after: { file: 'steps.py', name: 'words', source: 'def clean(rows): return rows' },
  workers: 3,
  requestTimeoutSeconds: 2.5,
  maxRequestBytes: 1_572_864,
  memoryMegabytes: 512,
  cpus: 1.5,
  environment: { MODE: 'a=b', EMPTY: '' },
  secrets: ['OTHER', 'TOKEN'],
  allowedNetwork: true,
});

/** What the words of a command line come to. */
function parsed(words: readonly string[], kept: Parameters<typeof readServingOptions>[1] = {}): ReturnType<typeof readServingOptions> {
  const command = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
  addServingOptions(command);
  command.parse(words, { from: 'user' });
  return readServingOptions(command, kept);
}

describe('a setting of the serving config', () => {
  it('is written in words that are read as the same value, by the command line too', () => {
    for (const setting of servingSettings) {
      const words = servingWords(setting, other);
      assert.notEqual(words.length, 0, setting.name);
      assert.deepEqual(readServing(setting, words, () => 'def clean(rows): return rows')?.value, other[setting.name], setting.name);
    }
    const folder = mkdtempSync(path.join(tmpdir(), 'slipway-serving-'));
    try {
      writeFileSync(path.join(folder, 'steps.py'), 'def clean(rows): return rows');
      const given = (word: string): string => (word.startsWith('steps.py:') ? path.join(folder, word) : word);
      const options = servingSettings.flatMap((setting) => servingWords(setting, other).flatMap((word) => [`--${setting.option}`, given(word)]));
      assert.deepEqual(settingsOf(parsed(options)), settingsOf(other));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('is each that a person sets: what a release allows has options of its own', () => {
    const set = servingSettings.map(({ name }) => name);
    assert.deepEqual(servingConfig.keyof().options.filter((name) => !set.includes(name)), ['allowedImports', 'allowedBuilds', 'allowedNetwork', 'allowedFolders']);
  });

  it('stays as it is kept where no option says otherwise; variables are added to', () => {
    assert.deepEqual(parsed([]), servingConfig.parse({}));
    assert.deepEqual(parsed(['--cpus', '2', '--env', 'MODE=c'], settingsOf(other)), { ...settingsOf(other), cpus: 2, environment: { MODE: 'c', EMPTY: '' } });
  });

  it('may be one threshold, or one for each class', () => {
    assert.deepEqual(parsed(['--threshold', '0.37']).threshold, 0.37);
    assert.deepEqual(parsed(['--threshold', 'yes=0.3', '--threshold', 'no=0.7']).threshold, { yes: 0.3, no: 0.7 });
  });

  it('is shown with its unit, and what stands for none', () => {
    const shown = (config: Partial<typeof other>): string[] => servingSettings.map((setting) => shownServing(setting, config));
    assert.deepEqual(shown(servingConfig.parse({})), ['as logged', 'none', 'none', 'none', 'none', '2, or 1 on one processor', '60 s', '16 MB', 'no limit', 'no limit', 'none', 'none']);
    assert.deepEqual(shown(other), ['both', 'no=0.7, a=b=0.25', '0,1;5.5,0', 'steps.py:clean', 'steps.py:words', '3', '2.5 s', '1.5 MB', '512 MB', '1.5', 'MODE=a=b, EMPTY=', 'OTHER, TOKEN']);
  });

  it('is refused by its option with what it can be', () => {
    for (const [option, word] of [['method', 'score'], ['threshold', '1.5'], ['threshold', 'yes=0'], ['costs', '0,1;5'], ['costs', '0,x;5,0'], ['before', 'steps.py'], ['after', 'absent.py:words'], ['workers', '0'], ['timeout', 'long'], ['max-body', ''], ['memory', '63'], ['cpus', '-1'], ['env', '=x'], ['secret', 'a-b']] as const) {
      const setting = servingSettings.find((each) => each.option === option);
      assert.throws(() => parsed([`--${option}`, word]), { message: new RegExp(`Give ${setting?.wanted.replace(/[.]/g, '\\.')}\\.`) }, option);
    }
  });
});
