import { window } from 'vscode';
import { z } from 'zod';
import type { Incident } from '../../server/contract/alerts.ts';
import { channelRoutes, type ChannelField } from '../../server/contract/channels.ts';
import type { App, AppCommands } from '../app.ts';
import { subjectAs } from '../vscode/commands.ts';
import { formatTime } from '../../server/contract/format/times.ts';
import { askText, chosen, type Choice, pickOne } from '../vscode/prompts.ts';
import { showMarkdown } from '../vscode/readonlyText.ts';
import { incidentText } from './incidentText.ts';

const addTitle = 'Slipway: Add Alert Channel';
const testTitle = 'Slipway: Send Test to Alert Channel';
const openTitle = 'Slipway: Open Incident';
const incidentSubject = z.object({ incident: z.number().int() });

async function askField({ label, isSecret, isRequired, example }: ChannelField): Promise<string | undefined> {
  const prompt = `${label}${isRequired ? '' : ' (may be left empty)'}`;
  return chosen(
    await askText({ title: addTitle, prompt, secret: isSecret, ...(example === undefined ? {} : { placeholder: example }), check: (text) => (isRequired && text.trim() === '' ? `${label} is needed.` : undefined) }),
  );
}

/** Asks for a kind, what it wants and a name, and sends a test. */
async function addChannel({ connection }: App): Promise<void> {
  const { kinds } = await connection.call('listChannels', {});
  const kind = chosen(await pickOne({ title: addTitle, placeholder: 'Where are incidents told?' }, kinds.map((each) => ({ label: each.label, value: each }))));
  if (kind === undefined) {
    return;
  }
  const fields: Record<string, string> = {};
  for (const field of kind.fields) {
    const value = await askField(field);
    if (value === undefined) {
      return;
    }
    fields[field.name] = value.trim();
  }
  const check = (text: string): string | undefined => channelRoutes.addChannel.input.shape.name.safeParse(text).error?.issues[0]?.message;
  const name = chosen(await askText({ title: addTitle, prompt: 'Name of the channel', value: kind.kind, check }));
  if (name === undefined) {
    return;
  }
  await connection.call('addChannel', { name, kind: kind.kind, fields });
  await connection.call('testChannel', { name });
  void window.showInformationMessage(`A test was sent to ${name}. Incidents are told there from now on.`);
}

async function testChannel({ connection }: App): Promise<void> {
  const { channels } = await connection.call('listChannels', {});
  if (channels.length === 0) {
    void window.showInformationMessage('There is no alert channel yet: add one with "Slipway: Add Alert Channel".');
    return;
  }
  const name = chosen(await pickOne({ title: testTitle, placeholder: 'Which channel?' }, channels.map((channel) => ({ label: channel.name, description: channel.kind, value: channel.name }))));
  if (name !== undefined) {
    await connection.call('testChannel', { name });
    void window.showInformationMessage(`The test was taken by ${name}.`);
  }
}

function toChoice(incident: Incident): Choice<number> {
  return { label: `${incident.id}: ${incident.endpoint}`, description: `${incident.severity}, ${incident.state}, ${formatTime(incident.openedAt)}`, detail: incident.title, icon: incident.state === 'open' ? 'warning' : 'pass', value: incident.id };
}

/** Shows an incident as a page; what it can do about it is offered where it goes on. */
async function openIncident({ connection, panels }: App, subject: unknown): Promise<void> {
  const given = subjectAs(incidentSubject, subject)?.incident;
  const { incidents } = given === undefined ? await connection.call('listIncidents', { state: 'all' }) : { incidents: [] };
  if (given === undefined && incidents.length === 0) {
    void window.showInformationMessage('There has been no incident.');
    return;
  }
  const id = given ?? chosen(await pickOne({ title: openTitle, placeholder: 'Which incident?' }, incidents.map(toChoice)));
  if (id === undefined) {
    return;
  }
  const name = `incident-${id}.md`;
  const incident = await connection.call('getIncident', { id });
  await showMarkdown(name, incidentText(incident));
  if (incident.state === 'resolved') {
    return;
  }
  const actions = [...(incident.state === 'open' ? ['Acknowledge'] : []), 'Resolve', 'Open Monitoring'];
  const pressed = await window.showInformationMessage(`Incident ${id} of ${incident.endpoint} is ${incident.state}.`, ...actions);
  if (pressed === 'Open Monitoring') {
    panels.open({ panel: 'monitoring', endpoint: incident.endpoint });
  } else if (pressed !== undefined) {
    await showMarkdown(name, incidentText(await connection.call(pressed === 'Resolve' ? 'resolveIncident' : 'acknowledgeIncident', { id })));
  }
}

export const alertCommands: AppCommands = {
  'slipway.addAlertChannel': { doing: 'adding an alert channel', run: addChannel },
  'slipway.testAlertChannel': { doing: 'sending a test', run: testChannel },
  'slipway.openIncident': { doing: 'opening an incident', run: openIncident },
};
