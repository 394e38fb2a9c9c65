import { chiSquare } from './chiSquare.ts';
import { cramerVonMises } from './cramerVonMises.ts';
import type { DriftMethod } from './driftMethod.ts';
import { energy } from './energy.ts';
import { evidentlyChiSquare } from './evidentlyChiSquare.ts';
import { evidentlyJensenShannon } from './evidentlyJensenShannon.ts';
import { evidentlyPopulationStability } from './evidentlyPopulationStability.ts';
import { evidentlyTotalVariation } from './evidentlyTotalVariation.ts';
import { hellinger } from './hellinger.ts';
import { jensenShannon } from './jensenShannon.ts';
import { kolmogorovSmirnov } from './kolmogorovSmirnov.ts';
import { kullbackLeibler } from './kullbackLeibler.ts';
import { populationStability } from './populationStability.ts';
import { proportions } from './proportions.ts';
import { totalVariation } from './totalVariation.ts';
import { wasserstein } from './wasserstein.ts';

/** The drift methods, in the order in which they are shown. */
export const driftMethods: readonly DriftMethod[] = [
  populationStability,
  jensenShannon,
  kolmogorovSmirnov,
  chiSquare,
  proportions,
  wasserstein,
  kullbackLeibler,
  hellinger,
  totalVariation,
  energy,
  cramerVonMises,
  evidentlyPopulationStability,
  evidentlyJensenShannon,
  evidentlyChiSquare,
  evidentlyTotalVariation,
];
