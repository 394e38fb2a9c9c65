import { mountPanel, type SubjectOf } from '../ui/mount.tsx';
import './fleet.css';
import { FleetPanel } from './FleetPanel.tsx';
import { createFleetStore } from './store.ts';

mountPanel<'fleet'>({
  initial: { panel: 'fleet' },
  accepts: (subject): subject is SubjectOf<'fleet'> => subject.panel === 'fleet',
  create: (parts) => <FleetPanel store={createFleetStore(parts)} />,
});
