import { z } from 'zod';
import type { App } from '../app.ts';
import { subjectAs } from '../vscode/commands.ts';
import { chosen, pickOne } from '../vscode/prompts.ts';
import { listRunChoices } from './runPrompts.ts';

const runSubject = z.object({ runId: z.string() });
export const runsSubject = z.object({ runIds: z.array(z.string()).min(1) });

/** The run that a command was called on, else the one that the user picks. */
export async function runIdOf({ connection }: App, subject: unknown, title: string): Promise<string | undefined> {
  return subjectAs(runSubject, subject)?.runId ?? chosen(await pickOne({ title, placeholder: 'Which run?' }, listRunChoices(connection)))?.runId;
}

/** All runs that a command was called on. */
export function selectedRuns(subject: unknown, selected: readonly unknown[]): string[] {
  const all = [...selected, subject].flatMap((one) => subjectAs(runsSubject, one)?.runIds ?? subjectAs(runSubject, one)?.runId ?? []);
  return [...new Set(all)];
}

/** All runs that a command was called on, else the one that the user picks. */
export async function runsOrPicked(app: App, subject: unknown, selected: readonly unknown[], title: string): Promise<string[]> {
  const given = selectedRuns(subject, selected);
  if (given.length > 0) {
    return given;
  }
  const picked = await runIdOf(app, undefined, title);
  return picked === undefined ? [] : [picked];
}
