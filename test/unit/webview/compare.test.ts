import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Run } from '../../../server/contract/tracking.ts';
import { toCsv, toMarkdown } from '../../../webview/tracking/exports.ts';
import { latexOf } from '../../../webview/ui/tableText.ts';
import { fieldsOf, standsOut } from '../../../webview/tracking/fields.ts';
import { sortRuns } from '../../../webview/tracking/runOrder.ts';
import { tableOf } from '../../webview/fixtures/runTables.ts';

function run(runId: string, params: Run['params'], metrics: Run['metrics']): Run {
  return { runId, experimentId: '1', name: `run ${runId}`, status: 'FINISHED', source: 'logged', startedAt: 0, endedAt: 1000, user: 'ada', params, metrics, tags: {}, models: [] };
}

const runs = [run('a', { depth: '3', kind: 'tree' }, { auc: 0.8, loss: 0.5 }), run('b', { depth: '10', kind: 'tree' }, { auc: 0.9, loss: 'NaN' }), run('c', { kind: 'tree' }, { auc: 0.7 })];
const field = (id: string, of = runs): ReturnType<typeof fieldsOf>[number] => {
  const found = fieldsOf(tableOf(of)).find((item) => item.id === id);
  assert.ok(found !== undefined, `there is a field ${id}`);
  return found;
};

test('the best finite value of a metric is marked', () => {
  assert.deepEqual([...field('metric:auc').best], ['b']);
  const two = [run('a', {}, { loss: 0.5 }), run('b', {}, { loss: 'NaN' }), run('c', {}, { loss: 0.6 })];
  assert.deepEqual([...field('metric:loss', two).best], ['a']);
});

test('an infinity has no place among the values of a metric, also where the greatest double stands for it', () => {
  const three = [run('a', {}, { auc: 0.5 }), run('b', {}, { auc: Number.MAX_VALUE }), run('c', {}, { auc: 0.6 })];
  const auc = field('metric:auc', three);
  assert.deepEqual([...auc.best], ['c']);
  assert.deepEqual(three.map((item) => [auc.number(item), auc.text(item), auc.raw(item)]), [[0.5, '0.5', '0.5'], [undefined, '∞', '1.7976931348623157e+308'], [0.6, '0.6', '0.6']]);
});

test('a metric that is equal in all runs has no best value', () => {
  assert.equal(field('metric:auc', [run('a', {}, { auc: 1 }), run('b', {}, { auc: 1 })]).best.size, 0);
});

test('a param that a run lacks differs', () => {
  assert.deepEqual([field('param:depth').differs, field('param:kind').differs], [true, false]);
});

test('of many runs only those stand out that differ from the usual value', () => {
  const many = Array.from({ length: 6 }, (_, index) => run(String(index), { seed: index === 5 ? '7' : '42', trial: String(index) }, {}));
  assert.deepEqual(many.filter((item) => standsOut(field('param:seed', many), item)).map(({ runId }) => runId), ['5']);
  assert.equal(many.some((item) => standsOut(field('param:trial', many), item)), false);
});

test('names with a prefix are grouped under it', () => {
  const [nested] = fieldsOf(tableOf([run('a', { model__depth: '3' }, {})])).filter(({ kind }) => kind === 'param');
  assert.deepEqual([nested?.group, nested?.label], ['Params · model', 'depth']);
});

test('numeric params are sorted as numbers, and runs without a value come last in both directions', () => {
  const fields = fieldsOf(tableOf(runs));
  const order = (descending: boolean): string[] => sortRuns(runs, fields, [{ field: 'param:depth', descending }]).map(({ runId }) => runId);
  assert.deepEqual([order(false), order(true)], [['a', 'b', 'c'], ['b', 'a', 'c']]);
});

test('a Markdown table escapes what would break it and sets the best value in bold', () => {
  const odd = [run('a', { note: 'x|y\nz' }, { auc: 0.8 }), run('b', { note: '' }, { auc: 0.9 })];
  const lines = toMarkdown(odd, fieldsOf(tableOf(odd)).filter(({ id }) => ['run', 'metric:auc', 'param:note'].includes(id))).split('\n');
  assert.deepEqual(lines, ['| Run | auc | note |', '| --- | ---: | --- |', '| run a | 0.8 | x\\|y z |', '| run b | **0.9** |  |', '']);
});

test('CSV holds exact values and quotes where it must', () => {
  const odd = [run('a', { note: 'say "hi", please' }, { auc: 0.123456789 })];
  const text = toCsv(odd, fieldsOf(tableOf(odd)).filter(({ kind }) => kind !== 'run'));
  assert.equal(text, 'run_id,metric.auc,param.note\r\na,0.123456789,"say ""hi"", please"\r\n');
});

test('what is hostile in a value becomes no link, no image and no HTML in Markdown, and no formula in CSV', () => {
  const odd = [run('a', { note: '![x](javascript:alert(1)) <img src=x onerror=y> `a` <https://x>', sum: '=HYPERLINK("http://x")', shift: '-1.5e-3', cmd: '-2+3+cmd|x', at: '@SUM(1)' }, { auc: -0.8 })];
  const fields = fieldsOf(tableOf(odd));
  const note = toMarkdown(odd, fields.filter(({ id }) => id === 'param:note')).split('\n')[2] ?? '';
  assert.doesNotMatch(note.replace(/\\[!-/:-@[-`{-~]/g, ''), /[<>[\]`]/, 'each is escaped');
  const line = toCsv(odd, fields.filter(({ id }) => ['param:sum', 'param:shift', 'param:cmd', 'param:at', 'metric:auc'].includes(id))).split('\r\n');
  const cells = Object.fromEntries((line[0] ?? '').split(',').map((name, index) => [name, (line[1] ?? '').split(',')[index]]));
  assert.deepEqual(cells, { run_id: 'a', 'metric.auc': '-0.8', 'param.at': "'@SUM(1)", 'param.cmd': "'-2+3+cmd|x", 'param.shift': '-1.5e-3', 'param.sum': `"'=HYPERLINK(""http://x"")"` });
});

test('a LaTeX table sets names and values as they are: nothing in them is a command', () => {
  const hostile = '\\input{/etc/passwd} 100% & $x_1^2$ #1 {~} <a|b> "q"';
  const text = latexOf([{ text: hostile, numeric: false }, { text: 'auc', numeric: true }], [[{ text: 'a\nb' }, { text: '−0.5 ± 0.1', best: true }]]);
  assert.deepEqual(text.split('\n'), [
    '% \\usepackage{booktabs}',
    '\\begin{tabular}{lr}',
    '  \\toprule',
    '  \\textbackslash{}input\\{/etc/passwd\\} 100\\% \\& \\$x\\_1\\textasciicircum{}2\\$ \\#1 \\{\\textasciitilde{}\\} \\textless{}a\\textbar{}b\\textgreater{} \\textquotedbl{}q\\textquotedbl{} & auc \\\\',
    '  \\midrule',
    '  a b & \\textbf{$-$0.5 $\\pm$ 0.1} \\\\',
    '  \\bottomrule',
    '\\end{tabular}',
    '',
  ]);
});
