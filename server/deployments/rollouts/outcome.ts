import type { Allowance } from '../../contract/allowances.ts';
import type { RolloutNeed } from '../../contract/deployments.ts';

/** What a step came to. */
export type Outcome =
  | { readonly kind: 'finished'; readonly message: string }
  /** It is finished, and with the same transaction the new release takes all the traffic. */
  | { readonly kind: 'switched'; readonly message: string }
  /** The rollout fails; what was live stays or comes back. `allowable` has what a person may allow so that it would not. */
  | { readonly kind: 'failed'; readonly message: string; readonly allowable?: readonly Allowance[] }
  /** Nothing is decided yet; look again after so many milliseconds. */
  | { readonly kind: 'wait'; readonly milliseconds: number }
  /** It goes on when it has all that it needs; look again after so many milliseconds, or when someone promotes. */
  | { readonly kind: 'hold'; readonly needs: readonly RolloutNeed[]; readonly message: string; readonly milliseconds?: number }
  /** The canary goes to its next share of the traffic: by a promotion that is used up with it, or else one that comes meanwhile stays for the next look. */
  | { readonly kind: 'share'; readonly stage: number; readonly weight: number; readonly message: string; readonly byPromotion: boolean }
  /** Nothing is left to do: the release is live already. */
  | { readonly kind: 'settled'; readonly message: string };
