import type { VNode } from 'preact';
import type { Promotion, PromotionState as State } from '../../server/contract/promotions.ts';
import { lookUp, wordFor } from '../../server/contract/unknown.ts';
import { Badge, type Tone } from '../ui/blocks.tsx';

const looks: Readonly<Record<State, { readonly tone: Tone; readonly icon: string; readonly words: string }>> = {
  judging: { tone: 'accent', icon: 'beaker', words: 'being judged' },
  'not-passed': { tone: 'bad', icon: 'error', words: 'gates not passed' },
  waiting: { tone: 'warning', icon: 'debug-pause', words: 'waits for approval' },
  ready: { tone: 'accent', icon: 'rocket', words: 'ready' },
  started: { tone: 'good', icon: 'rocket', words: 'started' },
  rejected: { tone: 'bad', icon: 'circle-slash', words: 'rejected' },
  void: { tone: 'neutral', icon: 'circle-slash', words: 'void' },
  expired: { tone: 'neutral', icon: 'watch', words: 'expired' },
  failed: { tone: 'bad', icon: 'error', words: 'failed' },
};
const stateWords: Readonly<Record<string, string>> = Object.fromEntries(Object.entries(looks).map(([state, { words }]) => [state, words]));

/** How far a promotion is, as a word and a sentence. */
export function PromotionState({ promotion: { state, message, breakGlass } }: { readonly promotion: Promotion }): VNode {
  const { tone, icon } = lookUp(looks, state) ?? { tone: 'neutral', icon: 'question' };
  return (
    <p class="promotion-state" role="status">
      <Badge tone={tone} icon={icon}>
        {wordFor(stateWords, state)}
      </Badge>
      {breakGlass && <Badge tone="bad" icon="flame">glass broken</Badge>} <span>{message}</span>
    </p>
  );
}
