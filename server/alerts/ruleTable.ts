import { ruleChanges, ruleFacts, ruleIds, ruleSettings, type RuleChanges, type RuleId, type RuleSettings } from '../contract/alerts.ts';
import { Problem } from '../platform/errors.ts';
import type { Database } from '../platform/database/database.ts';

export interface StoredRule {
  readonly settings: RuleSettings;
  readonly isDefault: boolean;
  readonly mutedUntil: number | null;
  /** What the policy of the model says of it: that goes before what people change. */
  readonly byPolicy: RuleChanges;
}

/** Who looks after a rule, and the address of what to do. */
export type Answer = Pick<RuleSettings, 'owner' | 'runbook'>;

const nobody: Answer = { owner: '', runbook: '' };

/** Of the rule of an alert, which may be one that has no settings. */
export function answerFor(rules: RuleTable, endpoint: string, rule: string): Answer {
  const known = ruleIds.find((id) => id === rule);
  const { owner, runbook } = known === undefined ? nobody : rules.get(endpoint, known).settings;
  return { owner, runbook };
}

/** Settings with some of them changed. */
export function changedSettings(settings: RuleSettings, changes: RuleChanges): RuleSettings {
  const given = Object.entries(changes).filter(([, value]) => value !== undefined);
  return ruleSettings.parse({ ...settings, ...Object.fromEntries(given) });
}

/** @throws Problem `forbidden` for a change of what the policy says */
function requireFree(byPolicy: RuleChanges, rule: RuleId, changes: RuleChanges): void {
  const fixed = ruleSettings.keyof().options.find((field) => changes[field] !== undefined && byPolicy[field] !== undefined && changes[field] !== byPolicy[field]);
  if (fixed !== undefined) {
    throw new Problem('forbidden', `The policy of the model says that ${fixed} of the rule ${rule} is ${String(byPolicy[fixed])}.`, {
      field: `settings.${fixed}`,
      remedy: 'Change it in slipway.yaml; "slipway policy MODEL" names the line.',
    });
  }
}

/** Alert rules of endpoints: as they come, with what was changed. */
export interface RuleTable {
  get(endpoint: string, rule: RuleId): StoredRule;
  /** @throws Problem `forbidden` for a change of what the policy says */
  change(endpoint: string, rule: RuleId, changes: RuleChanges): void;
  mute(endpoint: string, rule: RuleId, until: number | null): void;
}

/** @param planned what the policy of an endpoint's model says of a rule */
export function createRuleTable(database: Database, planned: (endpoint: string, rule: RuleId) => RuleChanges = () => ({})): RuleTable {
  const find = database.prepare<[string, string], { settings: string; muted_until: number | null }>('SELECT settings, muted_until FROM alert_rules WHERE endpoint = ? AND rule = ?');
  const put = database.prepare<[string, string, string, number | null]>('INSERT OR REPLACE INTO alert_rules (endpoint, rule, settings, muted_until) VALUES (?, ?, ?, ?)');
  const changesOf = (endpoint: string, rule: RuleId): RuleChanges => {
    const stored = find.get(endpoint, rule);
    return stored === undefined ? {} : ruleChanges.parse(JSON.parse(stored.settings));
  };
  return {
    get(endpoint, rule) {
      const changes = changesOf(endpoint, rule);
      const byPolicy = planned(endpoint, rule);
      return { settings: changedSettings(changedSettings(ruleFacts[rule].defaults, changes), byPolicy), byPolicy, isDefault: Object.keys(changes).length === 0, mutedUntil: find.get(endpoint, rule)?.muted_until ?? null };
    },
    change(endpoint, rule, changes) {
      requireFree(planned(endpoint, rule), rule, changes);
      put.run(endpoint, rule, JSON.stringify({ ...changesOf(endpoint, rule), ...changes }), find.get(endpoint, rule)?.muted_until ?? null);
    },
    mute(endpoint, rule, until) {
      put.run(endpoint, rule, JSON.stringify(changesOf(endpoint, rule)), until);
    },
  };
}
