import { breakingChanges } from '../../contract/breakingChanges.ts';
import { failed, notEvaluated, passed, type Gate } from './gate.ts';

export const schemaGate: Gate<'schema'> = {
  id: 'schema',
  label: "Today's callers",
  judge({ release, live }, { allowBreaking }) {
    if (live === undefined) {
      return passed('Production has no release yet, and so no callers.');
    }
    if (release.signature === undefined || live.signature === undefined) {
      return notEvaluated(`Version ${release.signature === undefined ? release.model.version : live.model.version} has no signature.`);
    }
    const changes = breakingChanges(live.signature, release.signature, live.model.version);
    if (changes.length === 0) {
      return passed(`What callers of version ${live.model.version} send is taken, and answered by the same types.`);
    }
    return allowBreaking === true ? passed(`The policy allows: ${changes.join('; ')}.`) : failed(`It would break today's callers: ${changes.join('; ')}.`);
  },
};
