import { window } from 'vscode';
import { plural } from '../../server/contract/format/plural.ts';
import type { App } from '../app.ts';
import { endpointOf } from '../deployments/endpointPrompts.ts';
import { withMessage } from '../vscode/progress.ts';
import { askText, chosen, confirm } from '../vscode/prompts.ts';

const title = 'Slipway: Forget Requests of a Person';

/** Asks for an input column and a value, and erases the requests that have it. */
export async function forgetRequests(app: App, subject: unknown): Promise<void> {
  const name = await endpointOf(app, subject, title);
  if (name === undefined) {
    return;
  }
  const check = (text: string): string | undefined => (/^[^=]+=.+$/.test(text) ? undefined : 'an input column and its value, such as customer_id=42');
  const given = chosen(await askText({ title, prompt: `Whose requests to ${name}? An input column and its value.`, placeholder: 'customer_id=42', check }));
  const [column, ...rest] = given?.split('=') ?? [];
  if (column === undefined || !(await confirm(`Erase the requests to ${name} with ${given ?? ''}?`, 'Bodies, predictions and labels are erased for good; counts and latencies stay. A request with rows of others loses these too.', 'Erase'))) {
    return;
  }
  const { requests, predictions, labels, unread } = await withMessage(`Erasing requests to ${name}`, () => app.connection.call('forgetRequests', { name, where: { [column]: rest.join('=') } }));
  const others = unread === 0 ? '' : ` ${plural(unread, 'request')} could not be looked into: the bodies are cut, binary or of an unknown form.`;
  void window.showInformationMessage(`Erased ${plural(requests, 'request')}, ${plural(predictions, 'prediction')} and ${plural(labels, 'label')}.${others}`);
}
