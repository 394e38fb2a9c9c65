import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { describeMonitoring } from '../../../server/cli/monitoringCommands.ts';
import type { Monitoring } from '../../../server/contract/monitoring.ts';
import { churnMonitoring, exampleMonitoring, fewRowsMonitoring } from '../../webview/fixtures/monitoring.ts';

function shown(monitoring: Monitoring): string {
  return stripVTControlCharacters(describeMonitoring(monitoring));
}

test('monitor shows the drift of each feature, and which rows it covers', () => {
  const text = shown(churnMonitoring(1_700_000_000_000, 1_700_003_600_000));
  assert.match(text, /^baseline +training data$/m);
  assert.match(text, /^drift +4,820 rows of release [0-9a-f]+, \S+ \S+ to \S+ \S+; a number is no verdict$/m);
  assert.match(text, /^tenure_months .* PSI 0\.41 /m);
});

test('monitor gives the answer first: what moved, since when, and what is usually done', () => {
  const [first, second, third, fourth] = shown(churnMonitoring(1_700_000_000_000, 1_700_003_600_000)).split('\n');
  assert.match(first ?? '', /^tenure_months \(mean 32 → 23\), contract .* have moved and the predictions have not: data drift\. /);
  assert.match(second ?? '', /^ {2}tenure_months mean 32 → 23, since \S+ \S+ \(distance 0\.22 of 2000 values; less than one in a billion by chance\)$/);
  assert.match(third ?? '', /one in 1,200,000 by chance/);
  assert.match(fourth ?? '', /^Look for a change where the features come from/);
});

test('monitor gives no number of too few rows', () => {
  assert.match(shown(fewRowsMonitoring(1_700_000_000_000, 1_700_003_600_000)), /^contract .* not evaluated: 42 rows; 100 are needed /m);
});

test('monitor calls an input example no baseline', () => {
  const text = shown(exampleMonitoring(1_700_000_000_000, 1_700_003_600_000));
  assert.match(text, /^baseline +no baseline \(input example of 5 rows\)$/m);
  assert.match(text, /^age +long +46\.4 ± 14 +no baseline +- +0$/m);
  assert.doesNotMatch(text, /PSI|^drift/m);
});
