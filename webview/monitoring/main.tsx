import { mountPanel, type SubjectOf } from '../ui/mount.tsx';
import './monitoring.css';
import { MonitoringPanel } from './MonitoringPanel.tsx';
import { createMonitoringStore } from './store.ts';

mountPanel<'monitoring'>({
  initial: { panel: 'monitoring' },
  accepts: (subject): subject is SubjectOf<'monitoring'> => subject.panel === 'monitoring',
  create: (parts) => <MonitoringPanel store={createMonitoringStore(parts)} />,
});
