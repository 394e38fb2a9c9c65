import type { RolloutSummary } from './deployments.ts';

/** How the traffic moves, such as `canary at 10%, 50%`. */
export function strategyText(strategy: RolloutSummary['strategy']): string {
  switch (strategy.kind) {
    case 'canary':
      return `canary at ${strategy.steps.map((step) => `${step}%`).join(', ')}`;
    case 'linear':
      return `linear, ${strategy.increment}% a step`;
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
