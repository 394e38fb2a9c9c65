import { type Disposable, QuickInputButtons, type QuickPickItem, QuickPickItemKind, ThemeIcon, window } from 'vscode';

/** One thing to choose, as data. */
export interface Choice<T> {
  readonly label: string;
  readonly value: T;
  readonly description?: string | undefined;
  readonly detail?: string | undefined;
  /** Name of a codicon. */
  readonly icon?: string | undefined;
  readonly selected?: boolean;
  /** Heading above this choice and those that follow with the same one. */
  readonly group?: string | undefined;
}

/** Where a prompt stands in a chain of prompts; `back` shows the arrow that returns to the one before. */
export interface Place {
  readonly step?: number;
  readonly totalSteps?: number;
  readonly back?: boolean;
}

export const goBack = Symbol('back');
/** What was chosen, {@link goBack}, or undefined when the user left. */
export type Answer<T> = T | typeof goBack | undefined;

interface Item<T> extends QuickPickItem {
  readonly choice?: Choice<T>;
}

function toItems<T>(choices: readonly Choice<T>[]): Item<T>[] {
  return choices.flatMap((choice, index) => {
    const item: Item<T> = {
      label: choice.label,
      choice,
      ...(choice.description === undefined ? {} : { description: choice.description }),
      ...(choice.detail === undefined ? {} : { detail: choice.detail }),
      ...(choice.icon === undefined ? {} : { iconPath: new ThemeIcon(choice.icon) }),
      ...(choice.selected === undefined ? {} : { picked: choice.selected }),
    };
    const heading = choice.group !== undefined && choice.group !== choices[index - 1]?.group;
    return heading ? [{ label: choice.group ?? '', kind: QuickPickItemKind.Separator }, item] : [item];
  });
}

export interface PickOptions extends Place {
  readonly title: string;
  readonly placeholder?: string;
}

/** Asks for one of several things. Loads them while the picker already shows. */
export function pickOne<T>(options: PickOptions, choices: readonly Choice<T>[] | Promise<readonly Choice<T>[]>): Promise<Answer<T>> {
  return new Promise<Answer<T>>((resolve, reject) => {
    const picker = window.createQuickPick<Item<T>>();
    const listeners: Disposable[] = [];
    let settled = false;
    const settle = (act: () => void): void => {
      if (!settled) {
        settled = true;
        act();
        listeners.forEach((listener) => void listener.dispose());
        picker.dispose();
      }
    };
    picker.title = options.title;
    picker.placeholder = options.placeholder;
    picker.step = options.step;
    picker.totalSteps = options.totalSteps;
    picker.buttons = options.back === true ? [QuickInputButtons.Back] : [];
    picker.matchOnDescription = true;
    picker.matchOnDetail = true;
    picker.ignoreFocusOut = true;
    picker.busy = true;
    listeners.push(
      picker.onDidTriggerButton(() => settle(() => resolve(goBack))),
      picker.onDidHide(() => settle(() => resolve(undefined))),
      picker.onDidAccept(() => {
        const choice = picker.selectedItems[0]?.choice;
        if (choice !== undefined) {
          settle(() => resolve(choice.value));
        }
      }),
    );
    picker.show();
    Promise.resolve(choices).then(
      (loaded) => {
        if (!settled) {
          picker.items = toItems(loaded);
          const selected = picker.items.find(({ choice }) => choice?.selected === true);
          if (selected !== undefined) {
            // Without one, VS Code makes the first entry active, and Enter takes it.
            picker.activeItems = [selected];
          }
          picker.busy = false;
        }
      },
      (error: unknown) => settle(() => reject(error instanceof Error ? error : new Error(String(error)))),
    );
  });
}

/** Asks for several things. @returns undefined when the user left */
export async function pickSeveral<T>(title: string, placeholder: string, choices: readonly Choice<T>[]): Promise<T[] | undefined> {
  const picked = await window.showQuickPick(toItems(choices), { title, placeHolder: placeholder, canPickMany: true, matchOnDescription: true });
  return picked?.flatMap(({ choice }) => (choice === undefined ? [] : [choice.value]));
}

export interface AskOptions extends Place {
  readonly title: string;
  readonly prompt: string;
  readonly value?: string | undefined;
  readonly placeholder?: string;
  /** Shows dots instead of what is typed. */
  readonly secret?: boolean;
  /** @returns what is wrong with the text, or undefined */
  readonly check?: (text: string) => string | undefined;
}

/** Asks for a line of text. */
export function askText(options: AskOptions): Promise<Answer<string>> {
  return new Promise((resolve) => {
    const input = window.createInputBox();
    const listeners: Disposable[] = [];
    let settled = false;
    const settle = (answer: Answer<string>): void => {
      if (!settled) {
        settled = true;
        resolve(answer);
        listeners.forEach((listener) => void listener.dispose());
        input.dispose();
      }
    };
    input.title = options.title;
    input.prompt = options.prompt;
    input.value = options.value ?? '';
    input.password = options.secret === true;
    input.placeholder = options.placeholder;
    input.step = options.step;
    input.totalSteps = options.totalSteps;
    input.buttons = options.back === true ? [QuickInputButtons.Back] : [];
    input.ignoreFocusOut = true;
    listeners.push(
      input.onDidTriggerButton(() => settle(goBack)),
      input.onDidHide(() => settle(undefined)),
      input.onDidChangeValue((text) => {
        input.validationMessage = options.check?.(text);
      }),
      input.onDidAccept(() => {
        const problem = options.check?.(input.value);
        if (problem === undefined) {
          settle(input.value);
        } else {
          input.validationMessage = problem;
        }
      }),
    );
    input.show();
  });
}

/** Asks for a yes in a modal dialog. */
export async function confirm(question: string, detail: string, yes: string): Promise<boolean> {
  return (await window.showWarningMessage(question, { modal: true, detail }, yes)) === yes;
}

/** The answer without the way back: for prompts that stand alone. */
export function chosen<T>(answer: Answer<T>): T | undefined {
  return answer === goBack ? undefined : answer;
}
