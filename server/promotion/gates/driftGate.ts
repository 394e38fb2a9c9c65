import type { ComparedColumn } from '../../contract/baselines.ts';
import { describeTaken } from '../../contract/format/baselines.ts';
import { formatNumber } from '../../contract/format/numbers.ts';
import { plural } from '../../contract/format/plural.ts';
import { failed, notEvaluated, passed, type Gate } from './gate.ts';

/** Values of a feature below which its distance is mostly chance. */
const fewestValues = 100;
const shownFeatures = 5;

type Compared = ComparedColumn & { readonly distance: number };

const valuesOf = (summary: ComparedColumn['one']): number => (summary === null || summary.kind === 'unknown' ? 0 : summary.count);

/** Why a feature that both have is not compared; undefined where it is. */
function hindrance({ one, other, distance, reason }: ComparedColumn): string | undefined {
  if (distance === null) {
    return reason ?? 'not compared';
  }
  const least = Math.min(valuesOf(one), valuesOf(other));
  return least < fewestValues ? `${plural(least, 'value')}; ${fewestValues} are needed` : undefined;
}

function named(columns: readonly Compared[]): string {
  const rest = columns.length - shownFeatures;
  return `${columns.slice(0, shownFeatures).map(({ name, distance }) => `${name} by ${formatNumber(distance, 2)}`).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

/**
 * Distances are those of baselines that are compared elsewhere: of numbers that of Kolmogorov and Smirnov, of categories the total variation, 0 for the
 * same distribution and 1 for nothing in common.
 */
export const driftGate: Gate<'drift'> = {
  id: 'drift',
  label: 'Drift of the training data',
  async judge({ live, release, training }, { maximumDistance, columns: only }) {
    if (maximumDistance === undefined) {
      return notEvaluated('The policy names no maximumDistance.');
    }
    if (live === undefined) {
      return notEvaluated('Production has no live release to compare with.');
    }
    const found = await training();
    if ('reason' in found) {
      return notEvaluated(`It cannot be compared: ${found.reason}.`);
    }
    const unknown = only?.find((name) => !found.columns.some((column) => column.name === name));
    if (unknown !== undefined) {
      return notEvaluated(`Neither release has an input ${unknown}.`);
    }
    const chosen = found.columns.filter(({ name }) => only?.includes(name) !== false);
    const shared = chosen.filter(({ one, other }) => one !== null && other !== null);
    const alone = chosen.filter((column) => !shared.includes(column)).map(({ name }) => name);
    const hindered = shared.flatMap((column) => {
      const reason = hindrance(column);
      return reason === undefined ? [] : [`${column.name} (${reason})`];
    });
    const compared = shared.filter((column): column is Compared => hindrance(column) === undefined);
    const moved = compared.filter(({ distance }) => distance > maximumDistance);
    const [farthest] = compared;
    const which = `Training data of version ${release.model.version} (${describeTaken(found.training)}) beside the baseline of version ${live.model.version} (${describeTaken(found.baseline)})`;
    const rest = `${alone.length === 0 ? '' : `; only one of them has ${alone.slice(0, shownFeatures).join(', ')}`}${hindered.length === 0 ? '' : `; not compared: ${hindered.slice(0, shownFeatures).join(', ')}`}`;
    if (moved.length > 0) {
      return failed(`${which}: ${moved.length} of ${plural(compared.length, 'feature')} moved by more than ${formatNumber(maximumDistance)}: ${named(moved)}${rest}.`);
    }
    if (farthest === undefined || hindered.length > 0) {
      return notEvaluated(`${which}: ${hindered.length === 0 ? 'no feature is of both' : `${plural(hindered.length, 'feature')} could not be compared`}${rest}.`);
    }
    return passed(`${which}: none of ${plural(compared.length, 'feature')} moved by more than ${formatNumber(maximumDistance)}, the farthest is ${named([farthest])}${rest}.`);
  },
};
