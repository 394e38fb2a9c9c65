import type { RolloutChecks } from '../../../contract/deployments.ts';
import { describeAgreement, type Agreement } from '../../../contract/rehearsal.ts';
import { failed, notEvaluated, passed, percent, type Verdict } from './check.ts';

/** How far the new release's answers to the same requests are the live one's. */
export function judgeAgreement({ minimumAgreement, minimumRequests }: RolloutChecks, compared: Pick<Agreement, 'rows' | 'agreed'>): Verdict {
  if (compared.rows < minimumRequests) {
    return notEvaluated(`${compared.rows} of at least ${minimumRequests} rows could be compared`);
  }
  const text = describeAgreement(compared);
  if (minimumAgreement === null) {
    return notEvaluated(`${text}; not asked for`);
  }
  return compared.agreed / compared.rows < minimumAgreement ? failed(`The new release answers differently: ${text}; at least ${percent(minimumAgreement)} is asked for`) : passed(text);
}
