import type { RolloutSummary } from './deployments.ts';
import { stickyText, type Sticky } from './sticky.ts';

/** How the traffic moves, such as `canary at 10%, 50%`. */
export function strategyText(strategy: RolloutSummary['strategy']): string {
  const shadow = strategy.kind === 'unknown' ? undefined : strategy.shadow;
  return shadow === undefined ? movesText(strategy) : `a shadow of ${shadow.percent}% first, then ${movesText(strategy)}`;
}

function movesText(strategy: RolloutSummary['strategy']): string {
  switch (strategy.kind) {
    case 'canary':
      return `canary at ${strategy.steps.map((step) => `${step}%`).join(', ')}${stays(strategy.sticky)}`;
    case 'linear':
      return `linear, ${strategy.increment}% a step${stays(strategy.sticky)}`;
    case 'rehearsal':
      return 'outside of the traffic';
    case 'blue-green':
      return 'blue/green';
    case 'all-at-once':
      return 'all at once';
    case 'unknown':
      return strategy.name;
  }
}

function stays(sticky: Sticky | undefined): string {
  return sticky === undefined ? '' : `, sticky by ${stickyText(sticky)}`;
}
