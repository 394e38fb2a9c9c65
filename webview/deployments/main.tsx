import { mountPanel, type SubjectOf } from '../ui/mount.tsx';
import './releases.css';
import { ReleasesPanel } from './ReleasesPanel.tsx';
import { createReleasesStore } from './store.ts';

mountPanel<'releases'>({
  initial: { panel: 'releases' },
  accepts: (subject): subject is SubjectOf<'releases'> => subject.panel === 'releases',
  create: (parts) => <ReleasesPanel store={createReleasesStore(parts)} />,
});
