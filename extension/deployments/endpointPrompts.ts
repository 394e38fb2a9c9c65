import { window } from 'vscode';
import { z } from 'zod';
import type { App } from '../app.ts';
import type { EndpointSummary } from '../../server/contract/deployments.ts';
import { subjectAs } from '../vscode/commands.ts';
import { chosen, pickOne } from '../vscode/prompts.ts';

const endpointSubject = z.object({ endpoint: z.string() });

/** Name of the endpoint that a command was called on, else the one that the user picks; the only one is not asked for. */
export async function endpointOf(app: App, subject: unknown, title: string, wanted: (endpoint: EndpointSummary) => boolean = () => true): Promise<string | undefined> {
  const given = subjectAs(endpointSubject, subject)?.endpoint;
  if (given !== undefined) {
    return given;
  }
  const { endpoints } = await app.connection.call('listEndpoints', {});
  const fitting = endpoints.filter(wanted);
  const [only] = fitting;
  if (only === undefined) {
    const text = endpoints.length === 0 ? 'There is no endpoint yet. Deploy a model first.' : 'No endpoint is in a state for this.';
    void window.showInformationMessage(text);
    return undefined;
  }
  if (fitting.length === 1) {
    return only.name;
  }
  const choices = fitting.map((endpoint) => ({
    label: endpoint.name,
    description: [endpoint.liveVersion === undefined ? endpoint.model : `${endpoint.model} ${endpoint.liveVersion}`, endpoint.state].join(' · '),
    detail: endpoint.message,
    icon: 'broadcast',
    value: endpoint.name,
  }));
  return chosen(await pickOne({ title, placeholder: 'Which endpoint?' }, choices));
}
