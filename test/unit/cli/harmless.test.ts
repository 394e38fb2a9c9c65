import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { createOutput, table } from '../../../server/cli/output.ts';
import { runProgram } from '../../../server/cli/program.ts';
import { harmless, harmlessCell, harmlessJson } from '../../../server/cli/harmless.ts';

/** Title, clipboard, link, cursor, conceal, black on black, C1, bell, carriage return, direction. */
const acting = ['\u001b]0;title\u0007', '\u001b]52;c;aGk=\u001b\\', '\u001b]8;;http://x\u0007', '\u001b[2J\u001b[H', '\u001b[8m', '\u001b[38;5;0m', '\u009b2J', '\r', '\b', '\u202egnp.exe\u202c', '\u2066x'];

describe('what the command line writes', () => {
  it('acts on no terminal, and shows what there was', () => {
    for (const text of acting) {
      const shown = harmless(`a${text}b`);
      assert.match(shown, /^[\x20-\x7e]+$/, JSON.stringify(text));
      assert.equal(JSON.parse(`"${shown.replaceAll('\\\\', '\\').replace(/\\(?!u)/g, '\\\\')}"`), `a${text}b`);
    }
  });

  it('keeps its own colors, lines and every letter of any language', () => {
    const own = '\u001b[2mdim\u001b[22m \u001b[31mred\u001b[39m\nnext ünï 名前 ✓ \u200dé';
    assert.equal(harmless(own), own);
  });

  it('breaks no line of a table', () => {
    assert.equal(harmlessCell('a\nb\r\nc'), 'a\\nb\\u000d\\nc');
  });

  it('is all that reaches a terminal: results, progress, tables and errors', async (t) => {
    const written: string[] = [];
    for (const stream of [process.stdout, process.stderr]) {
      const write = stream.write.bind(stream);
      // What the test runner says of others goes on.
      t.mock.method(stream, 'write', (content: string | Uint8Array) => (String(content).includes('marked') ? written.push(String(content)) > 0 : write(content)));
    }
    const text = `marked\n${acting.join('')}`;
    const output = createOutput(false);
    output.result({}, () => text);
    output.progress(text);
    output.result({}, () => table(['name'], [[text]], ''));
    createOutput(true).result({ text }, () => '');
    const home = process.env['SLIPWAY_HOME'];
    process.env['SLIPWAY_HOME'] = mkdtempSync(path.join(tmpdir(), 'slipway-harmless-'));
    await runProgram(['node', 'slipway', 'restore', text]);
    await runProgram(['node', 'slipway', '--json', 'restore', text]);
    await runProgram(['node', 'slipway', 'deploy', 'churn', '--replicas', text]);
    t.mock.restoreAll();
    rmSync(process.env['SLIPWAY_HOME'], { recursive: true });
    delete process.env['SLIPWAY_HOME'];
    Object.assign(process.env, home === undefined ? {} : { SLIPWAY_HOME: home });
    assert.equal(written.length, 7, written.join(''));
    assert.equal(written[2]?.trim().split('\n').length, 2, 'the head and one row');
    for (const line of written) {
      assert.equal(harmless(line), line);
    }
  });

  it('is the same value as JSON', () => {
    const value = { name: acting.join(' '), 'k\u202ey': ['ü\n'] };
    assert.deepEqual(JSON.parse(harmlessJson(value)), value);
    assert.doesNotMatch(harmlessJson(value), /[\p{Cc}\u202a-\u202e\u2066]/u);
  });
});
