import { env, type ExtensionContext, window } from 'vscode';
import type { App } from './app.ts';
import { companionCommands } from './companion/commands.ts';
import { createConnection } from './companion/connection.ts';
import { openLinks } from './companion/openLinks.ts';
import { leaseLabel, startOptions, startsByItself } from './companion/options.ts';
import { syncSettings } from './companion/settingsSync.ts';
import { deploymentCommands } from './deployments/commands.ts';
import { serveTestRequests } from './deployments/testRequest.ts';
import { serveArtifacts } from './tracking/artifactFiles.ts';
import { experimentCommands } from './tracking/commands.ts';
import { serveRunNotes } from './tracking/runNotes.ts';
import { alertCommands } from './alerts/commands.ts';
import { tellIncidents } from './alerts/tellIncidents.ts';
import { governanceCommands } from './governance/commands.ts';
import { lineageCommands } from './lineage/commands.ts';
import { showFileBadges } from './lineage/fileBadges.ts';
import { monitoringCommands } from './monitoring/commands.ts';
import { tellLosses } from './monitoring/tellLosses.ts';
import { followPolicyFiles } from './governance/policyFiles.ts';
import { attachNotebooks } from './notebooks/attachment.ts';
import { serveCapturedNotebooks } from './notebooks/capturedNotebooks.ts';
import { showCellStatus } from './notebooks/cellStatus.ts';
import { connectKernels } from './notebooks/connectKernels.ts';
import { notebookCommands } from './notebooks/commands.ts';
import { showStatusItem } from './notebooks/statusItem.ts';
import { offerStrayStores } from './notebooks/strayStores.ts';
import { createPanels } from './panels/panels.ts';
import { promotionCommands } from './promotion/commands.ts';
import { registryCommands } from './registry/commands.ts';
import { retrainingCommands } from './retraining/commands.ts';
import { transferCommands } from './transfer/commands.ts';
import { trackingServerCommands } from './tracking/serverCommands.ts';
import { createLogins } from './tracking/logins.ts';
import { followTrackingServer } from './tracking/trackingServer.ts';
import { tellRoadSteps } from './roadSteps.ts';
import { createTrees } from './trees.ts';
import { registerCommands } from './vscode/commands.ts';
import { serveReadonlyText } from './vscode/readonlyText.ts';

let closing: (() => Promise<void>) | undefined;

/** Registers everything and starts nothing: the companion is found or started when a view, a command or a notebook needs it. */
export function activate(context: ExtensionContext): void {
  const log = window.createOutputChannel('Slipway', { log: true });
  const connection = createConnection({
    start: () => startOptions(context),
    startsByItself,
    lease: { id: `vscode-${env.sessionId}`, label: leaseLabel },
    log,
  });
  const panels = createPanels(context, connection, log);
  const notebooks = attachNotebooks({ connection, log, memory: context.workspaceState });
  const kernels = connectKernels(context, connection, log);
  const trees = createTrees(connection, log);
  const trackingServer = followTrackingServer(connection, createLogins(context.secrets), log, () => trees.visible || panels.visible);
  trackingServer.onDidChange(() => trees.nameServer(trackingServer.current));
  const app: App = { context, log, connection, panels, notebooks, kernels, refreshTrees: () => trees.refresh() };
  const commands = {
    ...companionCommands,
    ...notebookCommands,
    ...experimentCommands,
    ...registryCommands,
    ...transferCommands,
    ...deploymentCommands,
    ...monitoringCommands,
    ...alertCommands,
    ...governanceCommands,
    ...promotionCommands,
    ...retrainingCommands,
    ...lineageCommands,
    ...trackingServerCommands,
    ...trees.commands,
  };
  context.subscriptions.push(
    log,
    connection,
    panels,
    notebooks,
    kernels,
    trees,
    trackingServer,
    syncSettings(connection, log),
    showStatusItem(notebooks, connection, trackingServer),
    showCellStatus(notebooks),
    offerStrayStores(notebooks, kernels, context.workspaceState),
    tellLosses(connection, panels, log),
    tellRoadSteps(connection, log),
    tellIncidents(connection, log),
    followPolicyFiles(connection, log),
    showFileBadges(connection, log),
    serveReadonlyText(),
    serveCapturedNotebooks(connection),
    serveRunNotes(connection),
    serveArtifacts(connection),
    serveTestRequests(),
    openLinks(app),
    ...registerCommands(app, log, commands),
  );
  closing = async () => {
    await notebooks.close();
    await connection.close();
  };
}

export async function deactivate(): Promise<void> {
  await closing?.();
}
