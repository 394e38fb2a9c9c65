import type { VNode } from 'preact';
import { useMemo } from 'preact/hooks';
import { Tabs, type Tab } from '../ui/Tabs.tsx';
import { Artifacts } from './Artifacts.tsx';
import { CapturedCells } from './CapturedCells.tsx';
import type { CompareTab } from './compareTab.ts';
import { Curves } from './Curves.tsx';
import { Differences } from './Differences.tsx';
import { PivotTable } from './PivotTable.tsx';
import { Relations } from './Relations.tsx';
import { withSettledRows } from './settledRows.ts';
import { RunFiles } from './RunFiles.tsx';
import type { CompareStore } from './store.ts';

/** What there is to see of the runs below their table. */
export function CompareTabs({ store, narrow }: { readonly store: CompareStore; readonly narrow: boolean }): VNode {
  const charted = useMemo(() => withSettledRows(store), [store]);
  const selected = store.selected.value.length;
  const all: Readonly<Record<CompareTab, Omit<Tab<CompareTab>, 'id'>>> = {
    notebook: { label: 'Notebook', content: () => <CapturedCells store={store} /> },
    curves: { label: 'Curves', content: () => <Curves store={store} /> },
    params: { label: 'Params', content: () => <Relations store={charted} narrow={narrow} /> },
    pivot: { label: 'Pivot', content: () => <PivotTable store={charted} /> },
    images: { label: 'Images', content: () => <Artifacts store={store} /> },
    files: { label: 'Files', content: () => <RunFiles store={store} /> },
    differences: { label: selected > 1 ? 'Differences' : 'Details', content: () => <Differences store={store} /> },
  };
  return <Tabs label="More of the runs" tabs={store.tabs.value.map((id) => ({ id, ...all[id] }))} chosen={store.tab.value} onChoose={store.chooseTab} />;
}
