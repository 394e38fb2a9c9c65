import { mountPanel, type SubjectOf } from '../ui/mount.tsx';
import { ComparePanel } from './ComparePanel.tsx';
import './compare.css';
import './runGrid.css';
import './filter.css';
import './choosers.css';
import './relations.css';
import './artifacts.css';
import './capturedCells.css';
import './differences.css';
import { createCompareStore } from './store.ts';

mountPanel<'compare'>({
  initial: { panel: 'compare', runIds: [] },
  accepts: (subject): subject is SubjectOf<'compare'> => subject.panel === 'compare' && Array.isArray(subject.runIds),
  create: (parts) => <ComparePanel store={createCompareStore(parts)} />,
});
