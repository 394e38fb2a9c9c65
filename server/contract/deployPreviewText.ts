import type { DeployPreview } from './deployPreview.ts';
import { differenceText } from './differenceText.ts';
import { shortDigest } from './format/digests.ts';
import { plural } from './format/plural.ts';
import { strategyText } from './strategyText.ts';

export interface DeployPreviewText {
  readonly subject: string;
  /** Each with its remedy; empty where the deploy would be taken. */
  readonly refusals: readonly string[];
  /** Names and what is known of them; a name is empty where it is that of the line above. */
  readonly facts: readonly (readonly [string, string])[];
  /** From the live release to the new one; undefined where nothing is live. */
  readonly changes: { readonly from: string; readonly lines: readonly string[] } | undefined;
}

/** What a deploy would do, in the words of command line and editor. */
export function deployPreviewText(preview: DeployPreview): DeployPreviewText {
  const { endpoint, model, version, targetLabel, replicaCount, release, known, live, breaking, consequences, differences, strategy, strategyFrom, steps, refusals } = preview;
  return {
    subject: `Version ${version} of ${model} on ${endpoint} (${targetLabel}, ${plural(replicaCount, 'replica')})`,
    refusals: refusals.map(({ message, remedy }) => `${message}${remedy === undefined ? '' : ` ${remedy}`}`),
    facts: [
      ['release', release === undefined ? 'known once its packages are resolved' : `${shortDigest(release)}${known ? ', packaged before' : ', new'}`],
      ['environment', environmentText(preview)],
      ['callers', live === undefined ? 'there are none yet' : breaking.length === 0 ? 'no input or answer changes for them' : breaking.join('; ')],
      ['rollout', `${strategyText(strategy)}${strategySources[strategyFrom] ?? ''}: ${steps.map(({ label }) => label).join(', ')}`],
      ...consequences.map((text, place) => [place === 0 ? 'comes to' : '', text] as const),
    ],
    changes:
      live === undefined
        ? undefined
        : { from: `From version ${live.modelVersion} (${shortDigest(live.release)}):`, lines: differences.length === 0 ? ['nothing that is known differs'] : differences.map((difference) => differenceText(difference)) },
  };
}

const strategySources: Readonly<Record<string, string>> = { policy: ', by the policy of the model', default: ', as nobody says otherwise' };

function environmentText({ environment }: DeployPreview): string {
  switch (environment.kind) {
    case 'reused':
      return `${shortDigest(environment.sha256)} is there: Python ${environment.python} with ${plural(environment.packages, 'package')}`;
    case 'built':
      return `${shortDigest(environment.sha256)} is built: Python ${environment.python} with ${plural(environment.packages, 'package')}`;
    case 'not-resolved':
      return `resolved and built by the deploy. ${environment.why}`;
    case 'unknown':
      return environment.name;
  }
}
