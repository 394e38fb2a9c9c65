import { mountPanel, type SubjectOf } from '../ui/mount.tsx';
import '../deployments/releases.css';
import './gates.css';
import './promotion.css';
import { PromotionPanel } from './PromotionPanel.tsx';
import { createPromotionStore } from './store.ts';

mountPanel<'promotion'>({
  initial: { panel: 'promotion' },
  accepts: (subject): subject is SubjectOf<'promotion'> => subject.panel === 'promotion',
  create: (parts) => <PromotionPanel store={createPromotionStore(parts)} />,
});
