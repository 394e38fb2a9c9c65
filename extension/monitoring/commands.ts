import type { AppCommands } from '../app.ts';
import { forgetRequests } from './forgetRequests.ts';
import { takeBaseline } from './takeBaseline.ts';
import { endpointOf } from '../deployments/endpointPrompts.ts';

export const monitoringCommands: AppCommands = {
  'slipway.forgetRequests': { doing: 'erasing requests', needsTrust: true, run: forgetRequests },
  'slipway.takeBaseline': { doing: 'taking a baseline', needsTrust: true, run: takeBaseline },
  'slipway.openFleet': { doing: 'opening the fleet', run: ({ panels }) => Promise.resolve(panels.open({ panel: 'fleet' })) },
  'slipway.openMonitoring': {
    doing: 'opening the monitoring',
    run: async (app, subject) => {
      const endpoint = await endpointOf(app, subject, 'Slipway: Open Monitoring');
      if (endpoint !== undefined) {
        app.panels.open({ panel: 'monitoring', endpoint });
      }
    },
  },
};
