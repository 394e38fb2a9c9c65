import assert from 'node:assert/strict';
import { test } from 'node:test';
import { incidentText } from '../../../extension/alerts/incidentText.ts';

test('an incident is a page in which texts of others are text', () => {
  const at = Date.UTC(2026, 10, 30, 12);
  const text = incidentText({
    id: 7, endpoint: 'churn', state: 'open', severity: 'critical', title: 'x', openedAt: at, acknowledgedAt: null, resolvedAt: null,
    alerts: [{ id: 1, endpoint: 'churn', rule: 'degraded', state: 'firing', severity: 'critical', summary: 'The endpoint is failed: [here](command:evil)\n# Title', value: 1, threshold: 0, pendingAt: at, firedAt: at, resolvedAt: null, incident: 7, owner: 'ops', runbook: 'https://wiki.example.com/a_b' }],
    timeline: [{ at, kind: 'note', text: '<img src=x>', actor: 'a|b' }],
    suspects: { from: at - 60_000, to: at, found: [{ kind: 'feature', name: '[plan](command:evil)', text: 'mean 1 → 2' }], more: 0 },
  });
  assert.match(text, /^# Incident 7: churn\n/);
  assert.ok(!text.includes('](command:') && !text.includes('\n# Title') && !text.includes(' <img'), text);
  assert.match(text, /## First suspects\n\n- .*plan.*: mean 1 → 2\n/);
  assert.match(text, /\*\*degraded\*\* \(firing\): The endpoint is failed/);
});
