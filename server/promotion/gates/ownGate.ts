import { failed, notEvaluated, passed, type Gate } from './gate.ts';

const usualSeconds = 600;

export const ownGate: Gate<'own'> = {
  id: 'own',
  label: 'Own check',
  async judge({ own }, { command, timeoutSeconds = usualSeconds }) {
    if (command === undefined) {
      return notEvaluated('The policy names no command.');
    }
    const outcome = await own({ command, milliseconds: timeoutSeconds * 1000 });
    if (typeof outcome === 'string') {
      return notEvaluated(outcome);
    }
    const { status, said } = outcome;
    return status === 0 ? passed(said ?? 'It ended with 0 and wrote nothing.') : failed(`${said ?? 'It wrote nothing'} (ended with ${status})`);
  },
};
