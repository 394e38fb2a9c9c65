import type { ModelEntry, Tier } from './policyFile.ts';

/** What each tier needs: complete, a file says only what differs. */
export const tierEntries: Readonly<Record<Tier, Omit<ModelEntry, 'tier'>>> = {
  /** Nothing: a deploy says itself how it goes, and the settings how long things are kept. */
  experimental: {},
  standard: {
    gates: { schema: { allowBreaking: false } },
    approvals: { required: 0, otherThanRequester: true, expiresHours: 72 },
    rollout: { kind: 'canary', steps: [10, 50], stepSeconds: 30, hold: false, deadlineSeconds: 3600, watchSeconds: 600, rehearse: 500 },
    retention: { releases: 5, inferenceLogDays: 30 },
  },
  critical: {
    gates: { schema: { allowBreaking: false }, integrity: { maximumDuplicates: 0.05, maximumOverlap: 0 } },
    approvals: { required: 1, otherThanRequester: true, expiresHours: 72 },
    rollout: { kind: 'canary', steps: [5, 25, 50], stepSeconds: 300, hold: true, deadlineSeconds: 86_400, watchSeconds: 3600, rehearse: 2000, checks: { minimumRequests: 100 } },
    alerts: { 'error-rate': { threshold: 0.01 } },
    retention: { releases: 10, inferenceLogDays: 365 },
  },
};
