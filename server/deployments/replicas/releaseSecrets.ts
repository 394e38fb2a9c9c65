import type { ServingConfig } from '../../contract/servingConfig.ts';
import { Problem } from '../../platform/errors.ts';
import type { Secrets } from '../../platform/secrets/secrets.ts';

/** The secrets that replicas may get, by the names that releases have for them: the variables of their environment. */
export interface ReleaseSecrets {
  names(): string[];
  set(name: string, value: string): void;
  delete(name: string): void;
  /**
   * What a replica of a release gets.
   * @throws Problem `conflict` naming the first secret that is not kept, or that is a plain variable of the release as well
   */
  of(serving: Pick<ServingConfig, 'secrets' | 'environment'>): Readonly<Record<string, string>>;
}

/** Other secrets of the data home have names of their own. */
const prefix = 'replica ';

export function createReleaseSecrets(secrets: Secrets): ReleaseSecrets {
  return {
    names: () => secrets.names().flatMap((name) => (name.startsWith(prefix) ? [name.slice(prefix.length)] : [])),
    set: (name, value) => secrets.set(`${prefix}${name}`, value),
    delete: (name) => secrets.delete(`${prefix}${name}`),
    of({ secrets: wanted = [], environment }) {
      return Object.fromEntries(
        wanted.map((name) => {
          const value = secrets.get(`${prefix}${name}`);
          if (value === undefined) {
            throw new Problem('conflict', `The release wants the secret ${name}, which is not kept here.`, { field: 'serving.secrets', remedy: `Give its value: slipway secret set ${name}` });
          }
          if (Object.hasOwn(environment, name)) {
            throw new Problem('conflict', `${name} is both a secret and a plain variable of the release.`, { field: 'serving.secrets', remedy: 'Deploy it with one of them.' });
          }
          return [name, value];
        }),
      );
    },
  };
}
