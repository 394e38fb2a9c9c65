import { failed, notEvaluated, passed, type Check, type TrafficCount } from './check.ts';

/** Requests that the new release refuses as bad input and the live one does not. */
export const refusals: Check = {
  id: 'refusals',
  label: 'Refused input',
  judge({ fresh, live }) {
    if (live.requests === 0) {
      return notEvaluated('The live release had no requests to compare with');
    }
    const counts = `${fresh.refused} of ${fresh.requests} requests as bad input, the live one ${live.refused} of ${live.requests}`;
    return refusesMore(fresh, live) ? failed(`The new release refuses ${counts}: its signature may not fit what clients send`) : passed(`Refuses ${counts}`);
  },
};

/** Bad input comes from clients and hits both releases alike, so only a difference beyond four standard errors is the release's own. */
function refusesMore(fresh: TrafficCount, live: TrafficCount): boolean {
  const pooled = (fresh.refused + live.refused) / (fresh.requests + live.requests);
  const standardError = Math.sqrt(pooled * (1 - pooled) * (1 / fresh.requests + 1 / live.requests));
  return fresh.refused / fresh.requests - live.refused / live.requests > 4 * standardError;
}
