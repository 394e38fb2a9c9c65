import type { ComponentChildren, VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { useActions } from './actions.ts';
import { formatTime } from './format.ts';
import { shortDigest } from '../../server/contract/format/digests.ts';
import { formatAge } from '../../server/contract/format/durations.ts';
import type { HostFailure } from './host.ts';
import { keepFocus } from './keepFocus.ts';
import { now } from './now.ts';
import { Button } from './toolkit.ts';

/** A codicon; decoration only, so a text beside it or a label around it says the same. */
export function Icon({ name, spin = false }: { readonly name: string; readonly spin?: boolean }): VNode {
  return <span class={`codicon codicon-${name}${spin ? ' codicon-modifier-spin' : ''}`} aria-hidden="true" />;
}

interface ToolButtonProps {
  readonly icon: string;
  readonly label: string;
  readonly onClick: () => void;
  /** Makes it a toggle. */
  readonly pressed?: boolean;
  readonly disabled?: boolean;
  /** Shows the label beside the icon. */
  readonly text?: boolean;
}

/** A toolbar button: an icon with a label. */
export function ToolButton({ icon, label, onClick, pressed, disabled = false, text = false }: ToolButtonProps): VNode {
  return (
    <button type="button" class="tool" title={label} aria-label={label} aria-pressed={pressed} disabled={disabled} onClick={onClick}>
      <Icon name={icon} />
      {text && <span>{label}</span>}
    </button>
  );
}

/** A button that reads like a link. */
export function LinkButton({ children, onClick, title }: { readonly children: ComponentChildren; readonly onClick: () => void; readonly title?: string }): VNode {
  return (
    <button
      type="button"
      class="link"
      title={title}
      onClick={({ currentTarget }) => {
        keepFocus(currentTarget);
        onClick();
      }}
    >
      {children}
    </button>
  );
}

/** Copies a text and says so for a moment. */
export function CopyButton({ text, label }: { readonly text: string; readonly label: string }): VNode {
  const actions = useActions();
  const copied = useSignal(false);
  useEffect(() => {
    if (!copied.value) {
      return undefined;
    }
    const timer = setTimeout(() => {
      copied.value = false;
    }, 1500);
    return () => {
      clearTimeout(timer);
    };
  }, [copied.value]);
  return (
    <ToolButton
      icon={copied.value ? 'check' : 'copy'}
      label={copied.value ? 'Copied' : label}
      onClick={() => {
        actions.copy(text);
        copied.value = true;
      }}
    />
  );
}

/** A digest: its beginning, with the whole as tooltip and to copy. */
export function Digest({ value, label }: { readonly value: string; readonly label: string }): VNode {
  return (
    <span class="digest">
      <code title={value}>{shortDigest(value)}</code>
      <CopyButton text={value} label={`Copy ${label}`} />
    </span>
  );
}

export function RelativeTime({ at }: { readonly at: number }): VNode {
  return (
    <time dateTime={new Date(at).toISOString()} title={formatTime(at)}>
      {formatAge(at, now.value)}
    </time>
  );
}

export type Tone = 'neutral' | 'good' | 'warning' | 'bad' | 'accent';

/** A short state; the text carries the meaning, the tone only stresses it. */
export function Badge({ tone = 'neutral', icon, children, title }: { readonly tone?: Tone; readonly icon?: string; readonly children: ComponentChildren; readonly title?: string }): VNode {
  return (
    <span class={`badge badge-${tone}`} title={title}>
      {icon !== undefined && <Icon name={icon} />}
      <span>{children}</span>
    </span>
  );
}

interface SectionProps {
  readonly title: string;
  readonly children: ComponentChildren;
  readonly actions?: ComponentChildren;
  /** Shown beside the title, such as a count. */
  readonly note?: ComponentChildren;
}

export function Section({ title, children, actions, note }: SectionProps): VNode {
  return (
    <section class="section" aria-label={title}>
      <header class="section-header">
        <h2>{title}</h2>
        {note !== undefined && <span class="muted">{note}</span>}
        {actions !== undefined && <div class="section-actions">{actions}</div>}
      </header>
      {children}
    </section>
  );
}

interface EmptyProps {
  readonly icon: string;
  readonly title: string;
  readonly children?: ComponentChildren;
  readonly action?: { readonly label: string; readonly icon?: string; readonly run: () => void } | undefined;
}

/** Nothing to show yet: why, and what to do about it. */
export function Empty({ icon, title, children, action }: EmptyProps): VNode {
  return (
    <div class="empty">
      <Icon name={icon} />
      <p class="empty-title">{title}</p>
      {children !== undefined && <div class="empty-text">{children}</div>}
      {action !== undefined && (
        <Button primary onClick={action.run} {...(action.icon === undefined ? {} : { icon: action.icon })}>
          {action.label}
        </Button>
      )}
    </div>
  );
}

interface FailureProps {
  readonly failure: HostFailure;
  readonly what: string;
  readonly onRetry?: () => void;
  readonly onDismiss?: () => void;
}

/** What went wrong, the remedy, and a way to try again. */
export function Failure({ failure, what, onRetry, onDismiss }: FailureProps): VNode {
  const actions = useActions();
  return (
    <div class="notice notice-bad" role="alert">
      <Icon name="error" />
      <div class="notice-text">
        <p>
          <strong>{what}</strong> {failure.message}
        </p>
        {failure.remedy !== undefined && <p>{failure.remedy}</p>}
        <div class="notice-actions">
          {failure.field === 'trackingUri' && failure.reason === 'forbidden' && (
            <LinkButton
              onClick={() => {
                void actions.command('slipway.logIn', {}).catch(() => undefined);
              }}
            >
              Log in
            </LinkButton>
          )}
          {onRetry !== undefined && <LinkButton onClick={onRetry}>Try again</LinkButton>}
          {onDismiss !== undefined && <LinkButton onClick={onDismiss}>Dismiss</LinkButton>}
          <LinkButton
            onClick={() => {
              void actions.command('slipway.showLogs', {}).catch(() => undefined);
            }}
          >
            Show logs
          </LinkButton>
        </div>
      </div>
    </div>
  );
}

/** Grey bars where the content will be. */
export function Skeleton({ rows = 5, label }: { readonly rows?: number; readonly label: string }): VNode {
  return (
    <div class="skeleton" role="status" aria-label={label}>
      {Array.from({ length: rows }, (_, index) => (
        <span key={index} class={`skeleton-bar skeleton-bar-${index % 4}`} />
      ))}
    </div>
  );
}

/** Labelled values side by side. */
export function Facts({ items }: { readonly items: readonly { readonly label: string; readonly value: ComponentChildren; readonly wide?: boolean }[] }): VNode {
  return (
    <dl class="facts">
      {items.map(({ label, value, wide }) => (
        <div key={label} class={wide === true ? 'fact fact-wide' : 'fact'}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

interface SegmentsProps<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly choices: readonly { readonly value: T; readonly label: string; readonly title?: string }[];
  readonly onChange: (value: T) => void;
}

/** A few choices of which one holds, side by side: native radio buttons underneath. */
export function Segments<T extends string>({ label, value, choices, onChange }: SegmentsProps<T>): VNode {
  return (
    <div class="segments" role="radiogroup" aria-label={label}>
      {choices.map((choice) => (
        <label key={choice.value} class={choice.value === value ? 'segment segment-on' : 'segment'} title={choice.title}>
          <input
            type="radio"
            name={label}
            value={choice.value}
            checked={choice.value === value}
            onChange={() => {
              onChange(choice.value);
            }}
          />
          <span>{choice.label}</span>
        </label>
      ))}
    </div>
  );
}
