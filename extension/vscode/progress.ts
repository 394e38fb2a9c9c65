import { ProgressLocation, window } from 'vscode';
import { signalOf } from './cancellation.ts';

export type Report = (message: string, increment?: number) => void;

/** Runs a task under a notification with a cancel button; the task sees the cancellation as an aborted signal. */
export function withCancel<T>(title: string, task: (signal: AbortSignal, report: Report) => Promise<T>): Thenable<T> {
  return window.withProgress({ location: ProgressLocation.Notification, title, cancellable: true }, (progress, token) =>
    task(signalOf(token), (message, increment) => progress.report({ message, ...(increment === undefined ? {} : { increment }) })),
  );
}

/** Runs a short task under a message in the status bar. */
export function withMessage<T>(title: string, task: () => Promise<T>): Thenable<T> {
  return window.withProgress({ location: ProgressLocation.Window, title }, task);
}
