import { defaultWorkspace } from '../mlflow/client/workspaces.ts';

/** The fragment of a URL never reaches a server, so that it can name the workspace for this side. */
const mark = '#workspace=';

/** What a request is sent to. */
export interface ServerPlace {
  readonly baseUrl: string;
  /** Undefined for the default one, which a server takes where none is named. */
  readonly workspace: string | undefined;
}

/**
 * Names a server for what is kept about it and for people: its URL, and the workspace where it is another one than the default. Runs have ids of
 * their own everywhere, but two workspaces of a server may each have a registered model or an experiment of one name.
 * @param baseUrl without a login, a fragment and a slash at its end
 */
export function serverName({ baseUrl, workspace }: ServerPlace): string {
  return workspace === undefined || workspace === '' || workspace === defaultWorkspace ? baseUrl : `${baseUrl}${mark}${encodeURIComponent(workspace)}`;
}

/** What {@link serverName} made a name of. */
export function placeOf(name: string): ServerPlace {
  const at = name.indexOf(mark);
  return at === -1 ? { baseUrl: name, workspace: undefined } : { baseUrl: name.slice(0, at), workspace: decodeURIComponent(name.slice(at + mark.length)) };
}
