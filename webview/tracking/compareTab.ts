import { computed, type ReadonlySignal, type Signal } from '@preact/signals';
import type { PanelParts } from '../ui/mount.tsx';
import { isText } from '../ui/storage.ts';

export type CompareTab = 'notebook' | 'curves' | 'params' | 'pivot' | 'images' | 'files' | 'differences';

const order: readonly CompareTab[] = ['notebook', 'curves', 'params', 'pivot', 'images', 'files', 'differences'];

/** What decides which tabs there are, and which is shown until one was chosen. */
export interface TabSubject {
  /** A single captured run is shown. */
  readonly captured: ReadonlySignal<boolean>;
  /** There are runs enough to tell what params go with. */
  readonly related: ReadonlySignal<boolean>;
  /** It is known that no metric of the selected runs has a curve. */
  readonly withoutCurves: ReadonlySignal<boolean>;
  /** How many runs are selected. */
  readonly selected: ReadonlySignal<number>;
  /** The panel is the page of one run. */
  readonly single: ReadonlySignal<boolean>;
  /** No runs were chosen: the latest ones are shown. */
  readonly showsLatest: ReadonlySignal<boolean>;
}

export interface CompareTabChoice {
  readonly tabs: ReadonlySignal<readonly CompareTab[]>;
  readonly tab: ReadonlySignal<CompareTab>;
  /** Empty where none was chosen. */
  readonly chosenTab: Signal<string>;
  readonly chooseTab: (tab: CompareTab) => void;
}

export function createTabChoice(persistence: PanelParts<'compare'>['persistence'], { captured, related, withoutCurves, selected, single, showsLatest }: TabSubject): CompareTabChoice {
  const chosen = persistence.keep('tab', '', isText);
  const tabs = computed(() => order.filter((tab) => (tab === 'notebook' ? captured.value : tab === 'params' || tab === 'pivot' ? related.value : tab === 'files' ? single.value : true)));
  const usual = computed<CompareTab>(() => {
    if (captured.value) {
      return 'notebook';
    }
    if (!withoutCurves.value) {
      return 'curves';
    }
    return related.value && (showsLatest.value || selected.value < 2) ? 'params' : 'differences';
  });
  return {
    tabs,
    chosenTab: chosen,
    tab: computed(() => tabs.value.find((tab) => tab === chosen.value) ?? usual.value),
    chooseTab(tab) {
      chosen.value = tab;
    },
  };
}
