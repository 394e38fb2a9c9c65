import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse, type DefaultTreeAdapterTypes } from 'parse5';
import { incidentPage } from '../../../server/contract/format/incidentPage.ts';
import type { IncidentDetail } from '../../../server/contract/alerts.ts';
import { formatSpan } from '../../../server/contract/format/times.ts';

const hostile = '<img src=x onerror="alert(1)"> & \'more\'';
const incident: IncidentDetail = {
  id: 7, endpoint: 'churn', state: 'open', severity: 'critical', title: hostile, openedAt: 1_800_000_000_000, acknowledgedAt: null, resolvedAt: null,
  alerts: [{ id: 1, endpoint: 'churn', rule: 'drift', state: 'firing', severity: 'warning', summary: hostile, value: 1, threshold: 0, pendingAt: 1_800_000_000_000, firedAt: 1_800_000_000_000, resolvedAt: null, incident: 7, owner: hostile, runbook: '' }],
  timeline: [{ at: 1_800_000_000_000, kind: 'note', text: hostile, actor: hostile }],
  suspects: { from: 1_799_900_000_000, to: 1_800_000_000_000, found: [{ kind: 'release', name: '', text: hostile }, { kind: 'data', name: 'plan', text: '3% not in the baseline' }], more: 2, verdict: 'Not evaluated: no baseline.' },
};

type Node = DefaultTreeAdapterTypes.Node;

function all(node: Node): Node[] {
  return [node, ...('childNodes' in node ? node.childNodes.flatMap(all) : [])];
}

test('the page of an incident shows texts of others as text, and loads and runs nothing', () => {
  const nodes = all(parse(incidentPage(incident)));
  const names = new Set(nodes.map(({ nodeName }) => nodeName));
  assert.ok(!['img', 'script', 'link', 'iframe', 'a'].some((name) => names.has(name)), [...names].join());
  const texts = nodes.flatMap((node) => ('value' in node ? [node.value.trim()] : [])).filter((text) => text === hostile);
  assert.equal(texts.length, 5, 'title, alert, suspect, what happened and who');
  assert.ok(nodes.some((node) => 'value' in node && node.value === `owner: ${hostile}`), 'who looks after the rule');
  const items = nodes.filter(({ nodeName }) => nodeName === 'li').flatMap(all).flatMap((node) => ('value' in node ? [node.value] : []));
  assert.deepEqual(items, [hostile, 'plan: 3% not in the baseline', 'and 2 more', `traffic ${formatSpan(1_799_900_000_000, 1_800_000_000_000)}: Not evaluated: no baseline.`]);
});
