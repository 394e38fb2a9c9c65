import { commands, window } from 'vscode';
import { CallFailure } from '../../server/client/callFailure.ts';
import { describeValue } from '../../server/contract/format/policies.ts';
import { plural } from '../../server/contract/format/plural.ts';
import { formatTime } from '../../server/contract/format/times.ts';
import { candidateAlias, goesOn, type Retraining, type RetrainingPlan } from '../../server/contract/retraining.ts';
import type { App } from '../app.ts';
import { followWork } from '../vscode/followWork.ts';
import { confirm } from '../vscode/prompts.ts';
import { showText } from '../vscode/readonlyText.ts';

/** What a retraining would do, a line for each thing. */
function describePlan({ recipe: { notebook, parameters, python, deadlineMinutes, auto }, cells, candidate, model, due }: RetrainingPlan): string {
  return [
    `${notebook}: ${plural(cells, 'cell')} in a kernel of its own (${python}), at most ${plural(deadlineMinutes, 'minute')}.`,
    ...Object.entries(parameters).map(([name, value]) => `${name} = ${describeValue(value)}`),
    `It makes the next version of ${model}, with the alias ${candidateAlias}${candidate === undefined ? '' : `, which version ${candidate} gives up`}. ${auto ? 'It goes on to gates, approvals and the rollout of the policy by itself.' : 'Nothing serves it for that.'}`,
    ...(due === undefined ? [] : [`It would begin by itself now (${due.trigger}): ${due.cause}`]),
  ].join('\n');
}

/** What a retraining has done so far, as a document. */
export async function showRetrainingLog({ id, model, state, message, requestedBy, requestedAt, lines }: Retraining): Promise<void> {
  const head = [`Retraining ${id} of ${model}, asked for by ${requestedBy}, ${formatTime(requestedAt)}`, `${state}: ${message}`, ''];
  await showText(`retraining-${id}.log`, [...head, ...lines].join('\n'), 'log');
}

/**
 * Retrains a model by the recipe of its policy, after saying what that does; its notification has the progress and cancels it.
 * @param confirmed nothing is asked
 */
export async function retrain({ connection }: App, model: string, confirmed: boolean): Promise<Retraining | undefined> {
  const plan = await connection.call('planRetraining', { model });
  if (plan.refused !== undefined) {
    throw new CallFailure('conflict', plan.refused);
  }
  if (!confirmed && !(await confirm(`Retrain ${model}?`, describePlan(plan), 'Retrain'))) {
    return undefined;
  }
  const { id } = await connection.call('startRetraining', { model });
  const ended = await followWork({
    title: `Retraining ${model}`,
    read: () => connection.call('getRetraining', { id }),
    goesOn,
    cancel: () => connection.call('cancelRetraining', { id }),
    describe: ({ message }) => message,
    cancelling: 'Cancelling; what was executed stays recorded',
  });
  // Shown in the background: the caller must not wait until the user closes the message.
  void tell(ended);
  return ended;
}

async function tell(ended: Retraining): Promise<void> {
  const { model, version, state, message, captureRunId } = ended;
  const [log, run, gates, promote] = ['Show Log', 'Open Run', 'Run Gates', 'Promote…'];
  const runs = captureRunId === undefined ? [] : [run];
  const pressed =
    state === 'succeeded'
      ? await window.showInformationMessage(`${model} was retrained${version === undefined ? '' : `: version ${version} is the candidate`}. Nothing serves it yet.`, ...(version === undefined ? [] : [gates, promote]), log, ...runs)
      : state === 'cancelled'
        ? await window.showInformationMessage(`Retraining ${model} was cancelled.`, log, ...runs)
        : await window.showErrorMessage(`Retraining ${model} failed: ${message}`, log, ...runs);
  if (pressed === log) {
    await showRetrainingLog(ended);
  } else if (pressed === run) {
    await commands.executeCommand('slipway.openRun', { runId: captureRunId });
  } else if (pressed === gates || pressed === promote) {
    await commands.executeCommand(pressed === gates ? 'slipway.runGates' : 'slipway.requestPromotion', { model, version });
  }
}
