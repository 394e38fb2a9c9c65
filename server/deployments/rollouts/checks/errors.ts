import { failed, passed, percent, type Check } from './check.ts';

/** Requests that the server or the model failed, against the share that is allowed. */
export const errors: Check = {
  id: 'errors',
  label: 'Errors',
  judge({ limits: { maximumErrorRate }, fresh }) {
    const rate = fresh.errors / fresh.requests;
    return rate > maximumErrorRate
      ? failed(`${fresh.errors} of ${fresh.requests} requests to the new release failed (${percent(rate)}; at most ${percent(maximumErrorRate)} is allowed)`)
      : passed(`${fresh.errors} of ${fresh.requests} requests failed`);
  },
};
