import type { AppCommands } from '../app.ts';
import { showTransfers, startTransfer } from './transfers.ts';

export const transferCommands: AppCommands = {
  'slipway.importFromMlflow': { doing: 'importing from MLflow', run: (app, subject) => startTransfer(app, 'import', subject) },
  'slipway.exportToMlflow': { doing: 'exporting to MLflow', run: (app, subject) => startTransfer(app, 'export', subject) },
  'slipway.showTransfers': { doing: 'showing imports and exports', run: showTransfers },
};
