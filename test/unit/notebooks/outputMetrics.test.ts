import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CellOutput } from '../../../server/contract/notebooks.ts';
import { readMetrics } from '../../../server/notebooks/outputMetrics.ts';

const output = (content: string, mime = 'text/plain'): CellOutput => ({ mime, content, encoding: 'text', truncated: false });
const stdout = (content: string): CellOutput => output(content, 'application/vnd.code.notebook.stdout');
const values = (...outputs: CellOutput[]): Record<string, number> => Object.fromEntries(readMetrics(outputs).map(({ key, value }) => [key, value]));

const table = (rows: string): string => `<div><style scoped>.dataframe th {}</style>
<table border="1" class="dataframe">
  <thead><tr style="text-align: right;"><th></th><th>accuracy</th><th>f1 &amp; more</th><th>model</th></tr></thead>
  <tbody>${rows}</tbody>
</table></div>`;

describe('readMetrics', () => {
  it('reads the repr of a dict, with numpy’s numbers, and dicts inside it', () => {
    assert.deepEqual(values(output("{'accuracy': 0.9, 'auc': np.float64(0.8), 'n': 10, 'name': 'x', 'ok': True,\n 'macro avg': {'f1-score': 1e-3}}")), {
      accuracy: 0.9,
      auc: 0.8,
      n: 10,
      'macro avg/f1-score': 0.001,
    });
  });

  it('reads a printed dict, JSON and infinities', () => {
    assert.deepEqual(values(stdout("epoch done\n{'loss': 0.25, 'val': nan}\n"), output('{"a": 1, "b": {"c": -2.5}}', 'application/json')), {
      loss: 0.25,
      val: Number.NaN,
      a: 1,
      'b/c': -2.5,
    });
    assert.deepEqual(values(output("{'x': inf, 'y': -inf}")), { x: Number.POSITIVE_INFINITY, y: Number.NEGATIVE_INFINITY });
  });

  it('reads the only row of a DataFrame by its columns, and does not count its text as well', () => {
    const html = table('<tr><th>0</th><td>0.91</td><td>1,250</td><td>forest</td></tr>');
    assert.deepEqual(values(output(html, 'text/html'), output('   accuracy  f1\n0: 0.5')), { accuracy: 0.91, 'f1 _ more': 1250 });
  });

  it('reads rows with names as row/column, and numbered rows as steps', () => {
    const named = table('<tr><th>train</th><td>0.9</td><td>1</td><td>a</td></tr><tr><th>test</th><td>0.8</td><td>2</td><td>b</td></tr>');
    assert.deepEqual(values(output(named, 'text/html')), { 'train/accuracy': 0.9, 'train/f1 _ more': 1, 'test/accuracy': 0.8, 'test/f1 _ more': 2 });
    const numbered = table('<tr><th>0</th><td>0.5</td><td></td><td></td></tr><tr><th>1</th><td>0.6</td><td></td><td></td></tr>');
    assert.deepEqual(readMetrics([output(numbered, 'text/html')]), [
      { key: 'accuracy', value: 0.5, step: 0 },
      { key: 'accuracy', value: 0.6, step: 1 },
    ]);
  });

  it('reads lines of names and values, several on one line, and a Series', () => {
    assert.deepEqual(values(stdout('Accuracy: 0.93\nF1 (macro): 0.5\nAUC = 1.0\nrows: 1,200\nloss: 0.3 - acc: 0.9\nmae: 1, rmse: 2\n')), {
      Accuracy: 0.93,
      'F1 _macro_': 0.5,
      AUC: 1,
      rows: 1200,
      loss: 0.3,
      acc: 0.9,
      mae: 1,
      rmse: 2,
    });
    assert.deepEqual(values(output('accuracy    0.91\nauc         0.80\nName: scores, dtype: float64')), { accuracy: 0.91, auc: 0.8 });
  });

  it('keeps the last value of a name', () => {
    assert.deepEqual(values(stdout('loss: 2\nloss: 1\n')), { loss: 1 });
  });

  it('takes nothing from prose, code, times, lists, errors and images', () => {
    const nothing = [
      stdout('Training started at 12:30:05\nsaved to model.pkl\nFit 3 of 5\nversion: 1.2.3\nratio: 3/4\n'),
      output("[1, 2, 3]\n{'a': [1, 2]}\n{'broken': "),
      output("LogisticRegression(C=1.0, max_iter=100)"),
      output('loss: 1', 'application/vnd.code.notebook.stderr'),
      output('{"name": "ValueError", "message": "x: 1"}', 'application/vnd.code.notebook.error'),
      { mime: 'image/png', content: 'loss: 1', encoding: 'base64', truncated: false } as const,
    ];
    assert.deepEqual(readMetrics(nothing), []);
  });

  it('reads a long text that never becomes a dict in little time', () => {
    assert.deepEqual(readMetrics([output('{'.repeat(20_000)), output("{'a':".repeat(10_000)), stdout('x '.repeat(30_000))]), []);
  });
});
