import { mountPanel, type SubjectOf } from '../ui/mount.tsx';
import '../promotion/gates.css';
import './registry.css';
import { RegistryPanel } from './RegistryPanel.tsx';
import { createRegistryStore } from './store.ts';

mountPanel<'registry'>({
  initial: { panel: 'registry' },
  accepts: (subject): subject is SubjectOf<'registry'> => subject.panel === 'registry',
  create: (parts) => <RegistryPanel store={createRegistryStore(parts)} />,
});
