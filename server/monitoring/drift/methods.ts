import type { DriftMethod } from './driftMethod.ts';
import { jensenShannon } from './jensenShannon.ts';
import { populationStability } from './populationStability.ts';

/** The drift methods, in the order in which they are shown. */
export const driftMethods: readonly DriftMethod[] = [populationStability, jensenShannon];
