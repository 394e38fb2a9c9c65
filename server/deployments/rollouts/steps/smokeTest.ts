import { Problem } from '../../../platform/errors.ts';
import { callModelServer, failureText } from '../../replicas/modelServer.ts';
import { compareAnswers, rowsOf } from '../../replicas/predictions.ts';
import { finished, releaseOf, replicasOf, type Step } from './step.ts';

/**
 * Each replica answers the recorded example with as many predictions as rows, and with the same ones as were recorded: by the
 * notebook that registered the model, else the first time that a replica answered.
 */
export const smokeTest: Step = {
  id: 'smoke-test',
  label: 'Smoke test',
  beginning: 'Sending the recorded example',
  share: 5,
  needsReplica: true,
  cancellable: true,
  async run(rollout, parts, _progress, signal) {
    const digest = releaseOf(rollout);
    const example = await parts.releases.example(digest);
    if (example === undefined) {
      return finished('Skipped: the model was logged without an input example');
    }
    const places = replicasOf(rollout, parts).flatMap(({ id, addresses }) => addresses.map((address) => ({ address, key: parts.keys.of(id) })));
    if (places.length === 0) {
      throw new Problem('unavailable', 'The replica has no address.');
    }
    const milliseconds = parts.releases.get(digest).serving.requestTimeoutSeconds * 1000;
    let expected = example.response;
    for (const { address, key } of places) {
      const answer = await callModelServer(address, '/invocations', { key, body: JSON.stringify(example.request), milliseconds, signal });
      if (answer.status !== 200) {
        throw new Problem('conflict', `The example is answered with ${answer.status}: ${failureText(answer)}`);
      }
      const response: unknown = JSON.parse(answer.body);
      const difference = compareAnswers(response, expected, rowsOf(example.request), example.registered);
      if (difference !== undefined) {
        throw new Problem('conflict', example.registered === undefined ? difference : `${difference} That is what the notebook answered when the model was registered.`);
      }
      expected ??= response;
    }
    if (example.response === undefined) {
      parts.releases.recordExample(digest, expected);
      return finished('The example is answered; the answer is recorded');
    }
    return finished(example.registered === undefined ? 'The example is answered as recorded' : 'The example is answered as in the notebook that registered the model');
  },
};
