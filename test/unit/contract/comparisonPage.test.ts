import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { comparisonPage, largestComparisonPage, type SharedComparison } from '../../../server/contract/format/comparisonPage.ts';
import { coverageOf, primaryMetricOf } from '../../../server/contract/primaryMetric.ts';
import type { ComparisonRow, Run } from '../../../server/contract/tracking.ts';
import { autologRuns } from '../../webview/fixtures/autologRuns.ts';

function rowsOf(kind: 'param' | 'metric', runs: readonly Run[]): ComparisonRow[] {
  const field = kind === 'param' ? 'params' : 'metrics';
  return [...new Set(runs.flatMap((run) => Object.keys(run[field])))].sort().map((key) => {
    const values = runs.map((run) => run[field][key] ?? null);
    return { kind, key, values, differs: values.some((value) => value !== values[0]) };
  });
}

function shared(runs: readonly Run[], rest: Partial<SharedComparison> = {}): SharedComparison {
  const tags = rest.tags ?? {};
  return { title: 'diabetes', runs, rows: [...rowsOf('param', runs), ...rowsOf('metric', runs)], series: [], primary: primaryMetricOf(tags, coverageOf(runs)), tags, referenceId: undefined, left: 0, scheme: 'vscode', madeAt: 0, ...rest };
}

const hostile = '</style><script>alert(1)</script><img src=x onerror=alert(1)>"\' & ]]>';

describe('the page that shares a comparison', () => {
  it('answers first which run is best by the primary metric, beside the reference, and links runs back to the editor', () => {
    const page = comparisonPage(shared(autologRuns, { referenceId: 'boost', left: 3 }));
    assert.match(page, /<p>Best by test_mae, lower is better: ridge, 45\.52, −1\.3% to boosting\.<\/p>/);
    assert.match(page, /16 runs of 19, made/);
    assert.match(page, /<a href="vscode:\/\/slipway\.slipway\/run\/ridge" title="Open in VS Code">ridge<\/a>/);
    assert.match(page, /<td class="number best">45\.52 \(best\) <span class="better">−1\.3% better<\/span><\/td>/);
    // Candidates stand below their search and are called by what tells them apart.
    assert.match(page, /<tr class="within"><th scope="row"><a [^>]+>model__learning_rate = 0\.05|<tr class="within"><th scope="row"><a [^>]+>learning_rate = 0\.05, max_depth = 3<\/a>/);
  });

  it('has no column for a param that is alike or that only describes an estimator', () => {
    const [head = ''] = /<thead>.*?<\/thead>/.exec(comparisonPage(shared(autologRuns))) ?? [];
    assert.match(head, /model__max_depth/);
    assert.doesNotMatch(head, /n_jobs|prep__num|steps/);
  });

  it('loads and runs nothing, whatever names and values are', () => {
    const runs = autologRuns.slice(0, 2).map((run, index): Run => ({
      ...run,
      runId: index === 0 ? `${hostile}/../..` : run.runId,
      name: hostile,
      user: hostile,
      status: hostile,
      params: { [hostile]: `${hostile}${index}` },
      metrics: { [hostile]: index, loss: index },
      tags: { 'mlflow.note.content': hostile },
    }));
    const series = runs.map(({ runId }) => ({ runId, key: hostile, total: 2, points: [1, 2].map((step) => ({ step, timestamp: step, value: step })) }));
    const page = comparisonPage(shared(runs, { title: hostile, series }));
    assert.match(page, /<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">/);
    const tags = [...new Set([...page.matchAll(/<([a-z]\w*)/g)].map(([, tag]) => tag ?? ''))].sort();
    assert.deepEqual(tags, ['a', 'body', 'details', 'div', 'figcaption', 'figure', 'h1', 'h2', 'head', 'html', 'li', 'meta', 'p', 'path', 'polyline', 'strong', 'style', 'summary', 'svg', 'table', 'tbody', 'td', 'text', 'th', 'thead', 'title', 'tr', 'ul']);
    const attributes = [...new Set([...page.replace(/"[^"]*"/g, '""').matchAll(/ ([\w-]+)=""/g)].map(([, name]) => name ?? ''))].sort();
    assert.deepEqual(attributes, ['aria-hidden', 'aria-label', 'charset', 'class', 'content', 'd', 'href', 'http-equiv', 'lang', 'name', 'points', 'role', 'scope', 'tabindex', 'text-anchor', 'title', 'viewBox', 'x', 'y']);
    // An id that is none is no part of an address.
    assert.deepEqual([...page.matchAll(/href="([^"]*)"/g)].map(([, address]) => address), [`vscode://slipway.slipway/run/${runs[1]?.runId ?? ''}`]);
  });

  it('draws metrics with steps, tells them in words, and leaves out what was logged once', () => {
    const [first, second] = [autologRuns[0], autologRuns[7]];
    assert.ok(first && second);
    const curve = (run: Run, key: string, values: readonly (number | 'NaN')[]) => ({ runId: run.runId, key, total: values.length, points: values.map((value, step) => ({ step, timestamp: step, value })) });
    const page = comparisonPage(shared([first, second], { series: [curve(first, 'val_loss', [0.9, 'NaN', 0.2]), curve(second, 'val_loss', [0.8, 0.4]), curve(first, 'once', [1])] }));
    assert.match(page, /aria-label="val_loss from step 0 to 2; at the end boosting 0\.2, random-forest-with-a-rather-long-name 0\.4"/);
    assert.equal(page.match(/<polyline /g)?.length, 2);
    assert.doesNotMatch(page, /<figcaption>once/);
  });

  it('stays below its largest size with 100 runs of 400 long values, and says what it left out', () => {
    const long = '"'.repeat(500);
    const runs = Array.from({ length: 100 }, (_, index): Run => ({ ...(autologRuns[0] ?? assert.fail()), runId: `run${index}`, name: long, params: Object.fromEntries(Array.from({ length: 400 }, (_value, key) => [`${key} ${long}`, `${index}${long}`])) }));
    const page = comparisonPage(shared(runs));
    assert.ok(Buffer.byteLength(page) < largestComparisonPage, String(Buffer.byteLength(page)));
    assert.match(page, /The first 40 of 400: the page would be too large with all of them\./);
  });
});
