import { canary } from './canary.ts';
import { drain } from './drain.ts';
import { environment } from './environment.ts';
import { preflight } from './preflight.ts';
import { ready } from './ready.ts';
import { rehearsal } from './rehearsal.ts';
import { shadow } from './shadow.ts';
import { smokeTest } from './smokeTest.ts';
import { startReplica } from './startReplica.ts';
import type { Step } from './step.ts';
import { switchOver } from './switchOver.ts';

/** The steps of a rollout, in their order. */
export const steps: readonly Step[] = [preflight, environment, startReplica, ready, smokeTest, rehearsal, shadow, canary, switchOver, drain];
