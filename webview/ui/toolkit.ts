import { h, type ComponentChildren } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import {
  provideVSCodeDesignSystem,
  vsCodeButton,
  vsCodeCheckbox,
  vsCodeDropdown,
  vsCodeOption,
  vsCodeTextField,
} from '@vscode/webview-ui-toolkit';

// The toolkit is archived: this module is the one place to change when its controls are replaced.
provideVSCodeDesignSystem().register(
  vsCodeButton(),
  vsCodeCheckbox(),
  vsCodeDropdown(),
  vsCodeOption(),
  vsCodeTextField(),
);

interface ButtonProps {
  readonly children: ComponentChildren;
  readonly onClick: () => void;
  readonly primary?: boolean;
  readonly disabled?: boolean;
  /** Name of a codicon before the text. */
  readonly icon?: string;
  readonly title?: string;
  readonly autofocus?: boolean;
}

/** A push button with a text. */
export function Button({ children, onClick, primary = false, disabled = false, icon, title, autofocus = false }: ButtonProps): ComponentChildren {
  const element = useRef<HTMLElement>(null);
  useLayoutEffect(() => {
    if (autofocus) {
      element.current?.focus();
    }
  }, [autofocus]);
  return h(
    'vscode-button',
    { ref: element, appearance: primary ? 'primary' : 'secondary', disabled, title, onClick: disabled ? undefined : onClick },
    icon === undefined ? null : h('span', { slot: 'start', class: `codicon codicon-${icon}`, 'aria-hidden': 'true' }),
    children,
  );
}

interface CheckboxProps {
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
  readonly children: ComponentChildren;
  readonly disabled?: boolean;
}

/** A checkbox with its label. */
export function Checkbox({ checked, onChange, children, disabled = false }: CheckboxProps): ComponentChildren {
  return h(
    'vscode-checkbox',
    {
      checked,
      disabled,
      onChange: (event: Event) => {
        const now = readProperty(event.currentTarget, 'checked') === true;
        if (now !== checked) {
          onChange(now);
        }
      },
    },
    children,
  );
}

export interface Choice {
  readonly value: string;
  readonly label: string;
}

interface DropdownProps {
  /** What is chosen, for screen readers. */
  readonly label: string;
  readonly value: string;
  readonly choices: readonly Choice[];
  readonly onChange: (value: string) => void;
  readonly disabled?: boolean;
}

/** An option takes long to make: those of long lists are made when the pointer or the focus comes to the list. */
const manyChoices = 40;

/** A list to choose one value from. */
export function Dropdown({ label, value, choices, onChange, disabled = false }: DropdownProps): ComponentChildren {
  const element = useRef<HTMLElement>(null);
  const [near, setNear] = useState(false);
  const offered = near || choices.length <= manyChoices ? choices : choices.filter((choice) => choice.value === value);
  const comeNear = (): void => {
    setNear(true);
  };
  const shown = offered.map((choice) => `${choice.value}\n${choice.label}`).join('\n\n');
  // The element takes a value only once the option that carries it is there.
  useLayoutEffect(() => {
    const apply = (): void => {
      if (element.current !== null) {
        Reflect.set(element.current, 'value', value);
      }
    };
    apply();
    const frame = requestAnimationFrame(apply);
    return () => {
      cancelAnimationFrame(frame);
    };
  }, [value, shown]);
  return h(
    'vscode-dropdown',
    {
      ref: element,
      'aria-label': label,
      title: choices.find((choice) => choice.value === value)?.label,
      disabled,
      onPointerEnter: comeNear,
      onFocusIn: comeNear,
      onChange: (event: Event) => {
        const chosen = readProperty(event.currentTarget, 'value');
        if (typeof chosen === 'string' && chosen !== value) {
          onChange(chosen);
        }
      },
    },
    offered.map((choice) => h('vscode-option', { key: choice.value, value: choice.value }, choice.label)),
  );
}

interface TextFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly placeholder?: string;
  readonly autofocus?: boolean;
  readonly onEnter?: () => void;
  readonly onEscape?: () => void;
}

/** One line of text. */
export function TextField({ label, value, onInput, placeholder, autofocus = false, onEnter, onEscape }: TextFieldProps): ComponentChildren {
  const element = useRef<HTMLElement>(null);
  useLayoutEffect(() => {
    if (autofocus) {
      element.current?.focus();
    }
  }, [autofocus]);
  // The element names itself "Text field" when it is inserted.
  useLayoutEffect(() => {
    element.current?.setAttribute('aria-label', label);
  }, [label]);
  return h('vscode-text-field', {
    ref: element,
    value,
    placeholder,
    onInput: (event: Event) => {
      const text = readProperty(event.currentTarget, 'value');
      if (typeof text === 'string') {
        onInput(text);
      }
    },
    onKeyDown: (event: KeyboardEvent) => {
      if (event.key === 'Enter') {
        onEnter?.();
      } else if (event.key === 'Escape' && onEscape !== undefined) {
        event.stopPropagation();
        onEscape();
      }
    },
  });
}


function readProperty(target: EventTarget | null, name: string): unknown {
  return target === null ? undefined : Reflect.get(target, name);
}
