import { commands, env, window } from 'vscode';
import { CallFailure } from '../../server/client/callFailure.ts';
import type { CallName } from '../../server/contract/api.ts';
import type { ErrorBody } from '../../server/contract/errors.ts';
import { type MessageFromPanel, type MessageToPanel, panelCalls, panelCommands, type PanelKind } from '../../server/contract/panels.ts';
import type { Connection } from '../companion/connection.ts';
import { saveFile } from './saveFile.ts';
import { untrustedReason } from '../vscode/trust.ts';

type Request = Extract<MessageFromPanel, { type: 'call' | 'command' | 'save' }>;

/** Does what a panel asks for, within what its kind may ask, and says what came of it. */
export async function answerRequest(kind: PanelKind, request: Request, connection: Pick<Connection, 'callByName'>): Promise<MessageToPanel> {
  try {
    const output = await outputOf(kind, request, connection);
    return { type: 'answer', id: request.id, ok: true, output: output ?? null };
  } catch (error) {
    return { type: 'failure', id: request.id, error: errorOf(error) };
  }
}

function outputOf(kind: PanelKind, request: Request, connection: Pick<Connection, 'callByName'>): Promise<unknown> {
  switch (request.type) {
    case 'call':
      return forwardCall(kind, request.name, request.input, connection);
    case 'command':
      return runPanelCommand(request.command, request.argument);
    case 'save':
      return saveFile(request.file);
  }
}

function forwardCall(kind: PanelKind, name: string, input: unknown, connection: Pick<Connection, 'callByName'>): Promise<unknown> {
  const allowed: readonly string[] = panelCalls[kind];
  if (!allowed.includes(name)) {
    throw new CallFailure('forbidden', `The panel ${kind} may not call ${name}.`);
  }
  const refused = name === ('promote' satisfies CallName) ? untrustedReason('promoting a rollout') : undefined;
  if (refused !== undefined) {
    throw new CallFailure('forbidden', refused, { remedy: 'Run "Workspaces: Manage Workspace Trust".' });
  }
  return connection.callByName(name, input);
}

function isPanelCommand(command: string): command is keyof typeof panelCommands {
  return Object.hasOwn(panelCommands, command);
}

async function runPanelCommand(command: string, argument: unknown): Promise<unknown> {
  if (!isPanelCommand(command)) {
    throw new CallFailure('forbidden', `Panels may not run ${command}.`);
  }
  const parsed = panelCommands[command].safeParse(argument ?? {});
  if (!parsed.success) {
    throw new CallFailure('invalid-input', `The argument of ${command} does not fit: ${parsed.error.message}`);
  }
  await commands.executeCommand(command, parsed.data);
  return undefined;
}

/** Copies text for a panel, which has no clipboard of its own. */
export async function copyText(text: string): Promise<void> {
  await env.clipboard.writeText(text);
  window.setStatusBarMessage('Copied', 2000);
}

function errorOf(error: unknown): ErrorBody['error'] {
  if (!CallFailure.is(error)) {
    return { reason: 'internal', message: error instanceof Error ? error.message : String(error) };
  }
  const { reason, message, field, remedy } = error;
  return { reason, message, ...(field === undefined ? {} : { field }), ...(remedy === undefined ? {} : { remedy }) };
}
