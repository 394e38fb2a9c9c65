import type { ExtensionContext, LogOutputChannel } from 'vscode';
import type { Connection } from './companion/connection.ts';
import type { NotebookAttachment } from './notebooks/attachment.ts';
import type { KernelConnections } from './notebooks/connectKernels.ts';
import type { Panels } from './panels/panels.ts';
import type { CommandTable } from './vscode/commands.ts';

/** What commands work with. */
export interface App {
  readonly context: ExtensionContext;
  readonly log: LogOutputChannel;
  readonly connection: Connection;
  readonly panels: Panels;
  readonly notebooks: NotebookAttachment;
  readonly kernels: KernelConnections;
  /** Asks every tree for its rows again. */
  refreshTrees(): void;
}

export type AppCommands = CommandTable<App>;
