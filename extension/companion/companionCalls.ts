import { CallFailure } from '../../server/client/callFailure.ts';
import type { CompanionClient } from '../../server/client/companionClient.ts';
import { routeNamed, type CallInput, type CallName, type CallOutput } from '../../server/contract/api.ts';
import { untrustedReason } from '../vscode/trust.ts';

/** Calls to the companion, started if none answers. A read is repeated once when the companion was replaced meanwhile. */
export interface CompanionCalls {
  call<N extends CallName>(name: N, input: CallInput<N>, signal?: AbortSignal): Promise<CallOutput<N>>;
  /** The same for a panel, which reads the answer itself: its JSON in UTF-8. */
  passOn(name: CallName, input: unknown, signal?: AbortSignal): Promise<ArrayBuffer>;
}

export interface CompanionCallsOptions {
  readonly connect: (signal?: AbortSignal) => Promise<CompanionClient>;
  /** A companion does not answer any more. */
  readonly lost: (client: CompanionClient) => void;
  /** Whether the user has stopped it: then it is not started again for the sake of a read. */
  readonly isStopped: () => boolean;
}

export function createCompanionCalls({ connect, lost, isStopped }: CompanionCallsOptions): CompanionCalls {
  const ask = async <T>(name: CallName, signal: AbortSignal | undefined, work: (client: CompanionClient) => Promise<T>): Promise<T> => {
    refuseUntrusted(name);
    const current = await connect(signal);
    try {
      return await work(current);
    } catch (error) {
      const unreachable = CallFailure.is(error, 'unreachable') || CallFailure.is(error, 'unauthenticated');
      if (!unreachable || routeNamed(name).method !== 'GET' || isStopped()) {
        throw error;
      }
      lost(current);
      return work(await connect(signal));
    }
  };
  return {
    call: (name, input, signal) => ask(name, signal, (current) => current.call(name, input, signal)),
    passOn: (name, input, signal) => ask(name, signal, (current) => current.passOn(name, input, 'panel', signal)),
  };
}

/** @throws CallFailure `forbidden` for what only a window with a trusted workspace may ask for */
function refuseUntrusted(name: CallName): void {
  const { needsTrust } = routeNamed(name);
  const refused = needsTrust === undefined ? undefined : untrustedReason(needsTrust);
  if (refused !== undefined) {
    throw new CallFailure('forbidden', refused, { remedy: 'Run "Workspaces: Manage Workspace Trust".' });
  }
}
