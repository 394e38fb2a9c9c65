import './theme.css';
import './grid/grid.css';
import './chart/chart.css';
import './controls.css';
import './blocks.css';
import './table.css';
import './histogram.css';
import './dialog.css';
import './tabs.css';
import { Component, render, type ComponentChildren, type VNode } from 'preact';
import { effect, signal, type Signal } from '@preact/signals';
import { isRecord } from '../../server/contract/values.ts';
import type { PanelKind } from '../../server/contract/panelKind.ts';
import type { PanelSubject } from '../../server/contract/panels.ts';
import { ActionsContext, useActions, useTask } from './actions.ts';
import { Failure, Icon, LinkButton } from './blocks.tsx';
import { asFailure, createHost, type Host, type VsCodeApi } from './host.ts';
import { createPersistence, vsCodeStorage, type Persistence } from './storage.ts';
import { watchTheme } from './theme.ts';

declare function acquireVsCodeApi(): VsCodeApi;

export type SubjectOf<P extends PanelKind> = Extract<PanelSubject, { panel: P }>;

/** What a panel is made of. */
export interface PanelParts<P extends PanelKind> {
  readonly host: Host<P>;
  /** What the panel shows; the panel may change it, which is remembered. */
  readonly subject: Signal<SubjectOf<P>>;
  readonly persistence: Persistence;
}

interface PanelDefinition<P extends PanelKind> {
  readonly initial: SubjectOf<P>;
  /** Says whether a subject is this panel's. */
  readonly accepts: (subject: PanelSubject) => subject is SubjectOf<P>;
  readonly create: (parts: PanelParts<P>) => VNode;
}

/**
 * Starts the panel of this webview, with the subject that was stored, or else the one that its page names: neither waits for the host.
 * The stored state is `{subject, ...controls}`, so that the extension host's serializer finds the subject in it.
 */
export function mountPanel<P extends PanelKind>({ initial, accepts, create }: PanelDefinition<P>): void {
  const api = acquireVsCodeApi();
  const host = createHost<P>(api, window);
  const isOwn = (value: unknown): value is SubjectOf<P> => isSubject(value) && accepts(value);
  const persistence = createPersistence(vsCodeStorage(api));
  const named = subjectOfPage();
  const subject = persistence.keep('subject', isOwn(named) ? named : initial, isOwn);
  const root = document.getElementById('root') ?? document.body.appendChild(document.createElement('div'));
  root.className = 'root';
  root.replaceChildren();
  watchTheme();
  host.onShow((shown) => {
    // The host repeats the subject; the same one must not fetch everything again.
    if (accepts(shown) && JSON.stringify(shown) !== JSON.stringify(subject.peek())) {
      subject.value = shown;
    }
  });
  host.announce();
  render(
    <ActionsContext.Provider value={host}>
      <ConnectionBanner />
      <Guard>{create({ host, subject, persistence })}</Guard>
    </ActionsContext.Provider>,
    root,
  );
}

/** The extension writes it into the page as JSON. */
function subjectOfPage(): unknown {
  const { subject } = document.body.dataset;
  return subject === undefined ? undefined : JSON.parse(subject);
}

function isSubject(value: unknown): value is PanelSubject {
  return isRecord(value) && typeof value['panel'] === 'string';
}

const slowSeconds = 1.5;

/** Says that the companion is away; a short break, as on an upgrade, passes unseen. */
function ConnectionBanner(): VNode | null {
  const { connected, command } = useActions();
  const start = useTask();
  if (awayForLong(connected).value === false) {
    return null;
  }
  return (
    <div class="banner" role="status">
      <Icon name="debug-disconnect" />
      <span>The companion is not connected. What you see may be out of date; endpoints keep serving.</span>
      <LinkButton
        onClick={() => {
          start.run(() => command('slipway.startCompanion', {}));
        }}
      >
        {start.running.value ? 'Starting…' : 'Start Companion'}
      </LinkButton>
    </div>
  );
}

const away = new WeakMap<object, Signal<boolean>>();

function awayForLong(connected: { readonly value: boolean }): Signal<boolean> {
  const known = away.get(connected);
  if (known !== undefined) {
    return known;
  }
  const long = signal(false);
  let timer: ReturnType<typeof setTimeout> | undefined;
  effect(() => {
    clearTimeout(timer);
    if (connected.value) {
      long.value = false;
    } else {
      timer = setTimeout(() => {
        long.value = true;
      }, slowSeconds * 1000);
    }
  });
  away.set(connected, long);
  return long;
}

/** Shows what a broken part of the panel threw instead of an empty page. */
class Guard extends Component<{ readonly children: ComponentChildren }, { readonly thrown: unknown }> {
  override state: { readonly thrown: unknown } = { thrown: undefined };

  override componentDidCatch(thrown: unknown): void {
    this.setState({ thrown });
  }

  override render(): ComponentChildren {
    if (this.state.thrown === undefined) {
      return this.props.children;
    }
    return (
      <Failure
        what="This panel could not be shown."
        failure={asFailure(this.state.thrown)}
        onRetry={() => {
          this.setState({ thrown: undefined });
        }}
      />
    );
  }
}
