import type { GateId } from '../../contract/gates.ts';
import { calibrationGate } from './calibrationGate.ts';
import { changeGate } from './changeGate.ts';
import { driftGate } from './driftGate.ts';
import { fairnessGate } from './fairnessGate.ts';
import type { Gate } from './gate.ts';
import { integrityGate } from './integrityGate.ts';
import { latencyGate } from './latencyGate.ts';
import { metricGate } from './metricGate.ts';
import { ownGate } from './ownGate.ts';
import { robustnessGate } from './robustnessGate.ts';
import { schemaGate } from './schemaGate.ts';
import { sizeGate } from './sizeGate.ts';
import { slicesGate } from './slicesGate.ts';
import { throughputGate } from './throughputGate.ts';

/** Every gate there is, in the order in which they are run and told. */
export const gateTable: { readonly [Id in GateId]: Gate<Id> } = {
  schema: schemaGate,
  metric: metricGate,
  change: changeGate,
  slices: slicesGate,
  calibration: calibrationGate,
  fairness: fairnessGate,
  robustness: robustnessGate,
  latency: latencyGate,
  throughput: throughputGate,
  size: sizeGate,
  integrity: integrityGate,
  drift: driftGate,
  own: ownGate,
};
