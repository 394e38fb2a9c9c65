import { signal, type ReadonlySignal } from '@preact/signals';
import { routeNamed, type CallInput, type CallName, type CallOutput } from '../../server/contract/api.ts';
import type { CompanionEvent } from '../../server/contract/events.ts';
import type { ErrorBody } from '../../server/contract/errors.ts';
import { describeMismatch } from '../../server/contract/mismatch.ts';
import type { PanelKind } from '../../server/contract/panelKind.ts';
import type {
  MessageFromPanel,
  MessageToPanel,
  PanelCall,
  PanelCommand,
  PanelCommandArgument,
  PanelSubject,
  SavedFile,
} from '../../server/contract/panels.ts';

/** What VS Code gives to a webview (https://code.visualstudio.com/api/references/vscode-api#WebviewApi). */
export interface VsCodeApi {
  postMessage(message: MessageFromPanel): void;
  getState(): unknown;
  setState(state: unknown): void;
}

/** A call or command that did not succeed, in the companion's own words. */
export class HostFailure extends Error {
  override readonly name = 'HostFailure';
  readonly reason: ErrorBody['error']['reason'];
  readonly field: string | undefined;
  readonly remedy: string | undefined;

  constructor({ reason, message, field, remedy }: ErrorBody['error']) {
    super(message);
    this.reason = reason;
    this.field = field;
    this.remedy = remedy;
  }
}

/** The extension host as one panel sees it. */
export interface Host<P extends PanelKind = PanelKind> {
  /** Calls the companion; rejects with a {@link HostFailure}. A call that the signal gives up is given up on the wire too. */
  readonly call: <N extends PanelCall<P>>(name: N, input: CallInput<N>, signal?: AbortSignal) => Promise<CallOutput<N>>;
  /** Runs a command; resolves when it has ended, with whatever it answered. */
  readonly command: <C extends PanelCommand>(command: C, argument: PanelCommandArgument<C>) => Promise<unknown>;
  readonly copy: (text: string) => void;
  /** Asks the user where to, then writes the file; false when the user thought better of it. */
  readonly save: (file: SavedFile) => Promise<boolean>;
  /** Opens another panel or changes this panel's subject. */
  readonly show: (subject: PanelSubject) => void;
  /** Says that the panel listens; the host answers with the subject. */
  readonly announce: () => void;
  readonly onEvent: (listener: (event: CompanionEvent) => void) => () => void;
  readonly onShow: (listener: (subject: PanelSubject) => void) => () => void;
  /** Called when the companion answers again after it did not. */
  readonly onReconnect: (listener: () => void) => () => void;
  readonly connected: ReadonlySignal<boolean>;
}

interface Waiting {
  /** What a command or a save answers. */
  readonly answered: (output: unknown) => void;
  /** What the companion answers to a call. */
  readonly contained: (json: ArrayBuffer) => void;
  readonly reject: (failure: HostFailure) => void;
}

/**
 * Reads what the companion answered to a call: here and nowhere before.
 * @throws HostFailure `mismatch` when it is of a version that this panel does not understand
 */
function readContent<N extends CallName>(name: N, json: ArrayBuffer): CallOutput<N> {
  const parsed = routeNamed(name).output.safeParse(JSON.parse(new TextDecoder().decode(json)));
  if (!parsed.success) {
    throw new HostFailure({
      reason: 'mismatch',
      message: `The companion answers ${name} in a form that this panel does not know: ${describeMismatch(parsed.error)}.`,
      remedy: 'Run "Developer: Reload Window".',
    });
  }
  return parsed.data as CallOutput<N>;
}

/** Messaging over `postMessage`; messages arrive as events of `target`. */
export function createHost<P extends PanelKind>(api: Pick<VsCodeApi, 'postMessage'>, target: EventTarget): Host<P> {
  const waiting = new Map<number, Waiting>();
  const events = new Set<(event: CompanionEvent) => void>();
  const shows = new Set<(subject: PanelSubject) => void>();
  const reconnects = new Set<() => void>();
  const connected = signal(true);
  let nextId = 1;

  const settle = (id: number, how: (entry: Waiting) => void): void => {
    const entry = waiting.get(id);
    waiting.delete(id);
    if (entry !== undefined) {
      how(entry);
    }
  };

  const ask = (messageOf: (id: number) => MessageFromPanel): Promise<unknown> => {
    const id = nextId++;
    return new Promise((resolve, reject) => {
      waiting.set(id, { answered: resolve, contained: reject, reject });
      api.postMessage(messageOf(id));
    });
  };

  const receive = (message: MessageToPanel): void => {
    switch (message.type) {
      case 'answer':
        settle(message.id, (entry) => {
          entry.answered(message.output);
        });
        break;
      case 'content':
        settle(message.id, (entry) => {
          entry.contained(message.json);
        });
        break;
      case 'failure':
        settle(message.id, (entry) => {
          entry.reject(new HostFailure(message.error));
        });
        break;
      case 'event':
        events.forEach((listener) => {
          listener(message.event);
        });
        break;
      case 'show':
        shows.forEach((listener) => {
          listener(message.subject);
        });
        break;
      case 'connection': {
        const back = message.connected && !connected.value;
        connected.value = message.connected;
        if (back) {
          reconnects.forEach((listener) => {
            listener();
          });
        }
        break;
      }
    }
  };

  target.addEventListener('message', (event) => {
    if (event instanceof MessageEvent && isMessage(event.data)) {
      receive(event.data);
    }
  });

  return {
    call<N extends PanelCall<P>>(name: N, input: CallInput<N>, given?: AbortSignal): Promise<CallOutput<N>> {
      const id = nextId++;
      return new Promise<CallOutput<N>>((resolve, reject) => {
        const contained = (json: ArrayBuffer): void => {
          try {
            resolve(readContent(name, json));
          } catch (error) {
            reject(asFailure(error));
          }
        };
        waiting.set(id, { answered: reject, contained, reject });
        given?.addEventListener('abort', () => {
          settle(id, () => {
            api.postMessage({ type: 'cancel', id });
            reject(new HostFailure({ reason: 'aborted', message: 'Cancelled.' }));
          });
        });
        api.postMessage({ type: 'call', id, name, input });
      });
    },
    command: (command, argument) => ask((id) => ({ type: 'command', id, command, argument })),
    copy(text) {
      api.postMessage({ type: 'copy', text });
    },
    save: async (file) => (await ask((id) => ({ type: 'save', id, file }))) === true,
    show(subject) {
      api.postMessage({ type: 'show', subject });
    },
    announce() {
      api.postMessage({ type: 'ready' });
    },
    onEvent: (listener) => subscribe(events, listener),
    onShow: (listener) => subscribe(shows, listener),
    onReconnect: (listener) => subscribe(reconnects, listener),
    connected,
  };
}

function subscribe<T>(listeners: Set<T>, listener: T): () => void {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

/** Only the extension host can post into a webview, so the envelope is enough; and what it posts but for the content is of this version. */
function isMessage(data: unknown): data is MessageToPanel {
  return typeof data === 'object' && data !== null && 'type' in data && typeof data.type === 'string';
}

/** Any thrown thing as a failure that can be shown. */
export function asFailure(error: unknown): HostFailure {
  if (error instanceof HostFailure) {
    return error;
  }
  return new HostFailure({ reason: 'internal', message: error instanceof Error ? error.message : String(error) });
}
