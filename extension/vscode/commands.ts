import { commands, type Disposable, type LogOutputChannel } from 'vscode';
import type { z } from 'zod';
import { presentFailure } from './failures.ts';
import type { TreeNode } from './trees.ts';
import { presentUntrusted, untrustedReason } from './trust.ts';

/** A palette command as data. It gets what it was called on (a tree row, a panel's argument, a caller's object), and all selected rows. */
export interface Command<A> {
  /** Completes "while ...", for the log. */
  readonly doing: string;
  /** It runs code or deploys: an untrusted workspace does not get it. */
  readonly needsTrust?: true;
  run(app: A, subject: unknown, selected: readonly unknown[]): unknown;
}

/** Commands by their ids. */
export type CommandTable<A> = Readonly<Record<`slipway.${string}`, Command<A>>>;

function isTreeNode(value: unknown): value is TreeNode {
  return typeof value === 'object' && value !== null && 'item' in value && 'subject' in value;
}

function unwrap(value: unknown): unknown {
  return isTreeNode(value) ? value.subject : value;
}

/** Registers commands; what they throw is shown once, with its remedies. */
export function registerCommands<A>(app: A, log: LogOutputChannel, table: CommandTable<A>): Disposable[] {
  return Object.entries(table).map(([id, command]) =>
    commands.registerCommand(id, async (first: unknown, second: unknown): Promise<unknown> => {
      const selected = Array.isArray(second) ? second.map(unwrap) : [];
      const refused = command.needsTrust === true ? untrustedReason(command.doing) : undefined;
      if (refused !== undefined) {
        void presentUntrusted(refused);
        return undefined;
      }
      try {
        return await command.run(app, unwrap(first), selected);
      } catch (error) {
        // Shown in the background: the caller must not wait until the user closes the message.
        void presentFailure(log, command.doing, error);
        return undefined;
      }
    }),
  );
}

/** What a command was called on, if it fits. */
export function subjectAs<S extends z.ZodType>(schema: S, subject: unknown): z.infer<S> | undefined {
  const parsed = schema.safeParse(subject);
  return parsed.success ? parsed.data : undefined;
}
