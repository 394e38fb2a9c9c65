import { passNothingOver, type PassOver } from '../../mlflow/client/passedOver.ts';
import { createBounds, type Bounds } from './bounds.ts';

/** How a store on this machine is read. */
export interface Reading {
  readonly bounds: Bounds;
  readonly passOver: PassOver;
}

/** For folders of the user's that experiments of this store name as theirs. @param home whose token and database are no artifacts */
export function readingOfOwn(home: string, passOver: PassOver): Reading {
  return { bounds: createBounds({ within: [], home, follows: true }), passOver };
}

/** For the store that is written to: it belongs to the user, and what cannot be read of it must not be taken for absent. */
export const readingOfTarget: Reading = { bounds: createBounds({ within: [], home: undefined, follows: true }), passOver: passNothingOver };
