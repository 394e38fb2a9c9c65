import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { createPipConfiguration } from '../../../server/releases/environments/pipConfiguration.ts';

const never = new AbortController().signal;

let folder: string;
let settings: string;
const untouched = { ...process.env };
before(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'slipway-pip-'));
  settings = path.join(folder, 'pip.conf');
  process.env['PIP_CONFIG_FILE'] = settings;
});
after(() => {
  for (const name of ['PIP_CONFIG_FILE', 'PIP_INDEX_URL']) {
    delete process.env[name];
  }
  Object.assign(process.env, untouched);
  rmSync(folder, { recursive: true, force: true });
});

/** What stands for pip: it counts how often it is asked, and fails where it is told to. */
function countedPip(name: string): { readonly command: readonly string[]; asked(): number } {
  const [program, count] = [path.join(folder, `${name}.mjs`), path.join(folder, `${name}.count`)];
  writeFileSync(
    program,
    `import { appendFileSync, readFileSync } from 'node:fs';
    if (process.argv.slice(2).join(' ') !== 'config list') process.exit(2);
    appendFileSync(${JSON.stringify(count)}, '.');
    const text = readFileSync(${JSON.stringify(settings)}, 'utf8');
    console.log("global.index-url='" + (process.env.PIP_INDEX_URL ?? text) + "'");
    process.exit(text === 'broken' ? 1 : 0);`,
  );
  return { command: [process.execPath, program], asked: () => readFileSync(count, 'utf8').length };
}

test("pip is asked for its settings once, and again when a file of them or the environment has changed", async () => {
  writeFileSync(settings, 'one');
  const pip = countedPip('pip');
  const read = createPipConfiguration();
  const url = async (): Promise<string> => (await read(pip.command, never)).join();
  assert.deepEqual([await url(), await url(), await url()], Array(3).fill("global.index-url='one'"));
  assert.equal(pip.asked(), 1);
  writeFileSync(settings, 'three');
  assert.equal(await url(), "global.index-url='three'");
  process.env['PIP_INDEX_URL'] = 'four';
  assert.deepEqual([await url(), await url()], Array(2).fill("global.index-url='four'"));
  assert.equal(pip.asked(), 3);
  delete process.env['PIP_INDEX_URL'];
  rmSync(settings);
  await url();
  assert.equal(pip.asked(), 4);
});

test('another pip is asked by itself, and one that failed is asked again', async () => {
  writeFileSync(settings, 'one');
  const read = createPipConfiguration();
  const [one, two] = [countedPip('one'), countedPip('two')];
  for (const { command } of [one, two, one, two]) {
    await read(command, never);
  }
  assert.deepEqual([one.asked(), two.asked()], [1, 1]);
  writeFileSync(settings, 'broken');
  await read(one.command, never);
  await read(one.command, never);
  assert.equal(one.asked(), 3);
});
