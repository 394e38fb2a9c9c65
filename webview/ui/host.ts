import { signal, type ReadonlySignal } from '@preact/signals';
import type { CallInput, CallOutput } from '../../server/contract/api.ts';
import type { CompanionEvent } from '../../server/contract/events.ts';
import type { ErrorBody } from '../../server/contract/errors.ts';
import type {
  MessageFromPanel,
  MessageToPanel,
  PanelCall,
  PanelCommand,
  PanelCommandArgument,
  PanelKind,
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
  /** Calls the companion; rejects with a {@link HostFailure}. */
  readonly call: <N extends PanelCall<P>>(name: N, input: CallInput<N>) => Promise<CallOutput<N>>;
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

/** Method syntax on purpose: each call's resolver takes its own output type. */
interface Waiting {
  resolve(output: unknown): void;
  reject(failure: HostFailure): void;
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

  const receive = (message: MessageToPanel): void => {
    switch (message.type) {
      case 'answer':
        settle(message.id, (entry) => {
          entry.resolve(message.output);
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
    call<N extends PanelCall<P>>(name: N, input: CallInput<N>): Promise<CallOutput<N>> {
      const id = nextId++;
      return new Promise<CallOutput<N>>((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        api.postMessage({ type: 'call', id, name, input });
      });
    },
    command(command, argument) {
      const id = nextId++;
      return new Promise<unknown>((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        api.postMessage({ type: 'command', id, command, argument });
      });
    },
    copy(text) {
      api.postMessage({ type: 'copy', text });
    },
    save(file) {
      const id = nextId++;
      return new Promise<boolean>((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        api.postMessage({ type: 'save', id, file });
      });
    },
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

/** Only the extension host can post into a webview, so the envelope is enough; it has checked the content. */
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
