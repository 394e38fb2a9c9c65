import { servingConfig, withServing, type ServingConfig } from '../../server/contract/servingConfig.ts';
import { type Answer, askText, type Choice, goBack, pickOne } from '../vscode/prompts.ts';

/** What a person may let a model have of this machine. It counts for the release that is deployed with it, and stands in the audit log. */
export type Permission = 'network' | 'folders';

/** Both, with what the config gives. */
export function permissionChoices({ allowedNetwork, allowedFolders }: ServingConfig): Choice<Permission>[] {
  const group = 'What the model may use of this machine';
  return [
    { label: 'Network', description: allowedNetwork === true ? 'open' : 'closed', detail: 'whether the model opens connections; closed where the target can close it', icon: 'globe', group, value: 'network' },
    { label: 'Folders', description: allowedFolders?.join(', ') ?? 'none', detail: 'folders beside the model that a local process may read', icon: 'folder', group, value: 'folders' },
  ];
}

/** Asks for one of them. */
export async function askPermission(title: string, permission: Permission, config: ServingConfig): Promise<Answer<ServingConfig>> {
  return permission === 'network' ? askNetwork(title, config) : askFolders(title, config);
}

async function askNetwork(title: string, config: ServingConfig): Promise<Answer<ServingConfig>> {
  const answer = await pickOne<'closed' | 'open'>({ title, placeholder: 'May the model use the network?', back: true }, [
    { label: 'Closed', detail: 'The model is asked and answers; it opens no connection.', icon: 'shield', selected: config.allowedNetwork !== true, value: 'closed' },
    { label: 'Open', detail: 'The model may send what it is asked, and what it reads, to anybody. Only for a model whose maker you trust.', icon: 'globe', selected: config.allowedNetwork === true, value: 'open' },
  ]);
  return typeof answer === 'string' ? withServing(config, [['allowedNetwork', answer === 'open' ? true : undefined]]) : answer;
}

async function askFolders(title: string, config: ServingConfig): Promise<Answer<ServingConfig>> {
  const folders = (text: string): string[] => text.split(',').map((word) => word.trim()).filter((word) => word !== '');
  const { allowedFolders: schema } = servingConfig.shape;
  const text = await askText({
    title,
    prompt: 'Folders that the model may read, by absolute path, several with commas between them; nothing for none.',
    value: config.allowedFolders?.join(', ') ?? '',
    check: (typed) => (folders(typed).length === 0 || schema.safeParse(folders(typed)).success ? undefined : 'Give absolute paths, such as /data/lookup.'),
    back: true,
  });
  if (text === undefined || text === goBack) {
    return text;
  }
  const given = folders(text);
  return withServing(config, [['allowedFolders', given.length === 0 ? undefined : given]]);
}
