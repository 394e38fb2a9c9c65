import { commands, env, window } from 'vscode';
import { CallFailure } from '../../server/client/callFailure.ts';
import type { ErrorBody } from '../../server/contract/errors.ts';
import type { PanelKind } from '../../server/contract/panelKind.ts';
import { isCallOfPanel, type MessageFromPanel, type MessageToPanel, panelCommands } from '../../server/contract/panels.ts';
import type { Connection } from '../companion/connection.ts';
import { saveFile } from './saveFile.ts';

type Request = Extract<MessageFromPanel, { type: 'call' | 'command' | 'save' }>;

/**
 * Does what a panel asks for, within what its kind may ask, and says what came of it. What the companion answers is passed on as it came.
 * @param signal gives a call up, on the wire too
 */
export async function answerRequest(kind: PanelKind, request: Request, connection: Pick<Connection, 'passOn'>, signal?: AbortSignal): Promise<MessageToPanel> {
  const { id } = request;
  try {
    switch (request.type) {
      case 'call':
        return { type: 'content', id, json: await passOn(kind, request.name, request.input, connection, signal) };
      case 'command':
        await runPanelCommand(request.command, request.argument);
        return { type: 'answer', id, output: null };
      case 'save':
        return { type: 'answer', id, output: await saveFile(request.file) };
    }
  } catch (error) {
    return { type: 'failure', id, error: errorOf(error) };
  }
}

function passOn(kind: PanelKind, name: string, input: unknown, connection: Pick<Connection, 'passOn'>, signal: AbortSignal | undefined): Promise<ArrayBuffer> {
  if (!isCallOfPanel(kind, name)) {
    throw new CallFailure('forbidden', `The panel ${kind} may not call ${name}.`);
  }
  return connection.passOn(name, input, signal);
}

function isPanelCommand(command: string): command is keyof typeof panelCommands {
  return Object.hasOwn(panelCommands, command);
}

async function runPanelCommand(command: string, argument: unknown): Promise<void> {
  if (!isPanelCommand(command)) {
    throw new CallFailure('forbidden', `Panels may not run ${command}.`);
  }
  const parsed = panelCommands[command].safeParse(argument ?? {});
  if (!parsed.success) {
    throw new CallFailure('invalid-input', `The argument of ${command} does not fit: ${parsed.error.message}`);
  }
  await commands.executeCommand(command, parsed.data);
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
