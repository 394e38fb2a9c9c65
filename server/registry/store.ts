import type { Caller } from '../contract/caller.ts';
import type { ModelVersion, registryRoutes } from '../contract/registry.ts';
import type { purgeRoutes } from '../contract/tracking.ts';
import type { Progress } from '../platform/command.ts';
import type { Handlers } from '../platform/http/implement.ts';
import type { ModelFile } from '../models/models.ts';

/**
 * What keeps registered models and their versions: the database of this machine (`local/`) or an MLflow server (`shared/`). It has one method for each
 * call of the contract, which takes the parsed input and answers the output, or the pieces of its text; and what releases and rollouts need. What a
 * store cannot do it refuses with a Problem `unavailable` and the remedy.
 */
export interface RegistryStore extends Handlers<typeof registryRoutes>, Handlers<typeof purgeRoutes> {
  /** @throws Problem `not-found` */
  version(name: string, version: number): Promise<ModelVersion>;
  /**
   * @param selector a version number, also as text; an alias with or without `@`; or `latest`
   * @throws Problem `not-found` that names what exists
   */
  resolve(name: string, selector: number | string): Promise<ModelVersion>;
  /** Writes tags of a version: an empty value stands for none. @throws Problem `not-found` */
  tagVersion(name: string, version: number, tags: Readonly<Record<string, string>>): Promise<void>;
  /** The model's files with their paths relative to its folder, all of which are in this machine's blob store afterwards. @param progress told what is fetched */
  files(name: string, version: number, progress: Progress, signal: AbortSignal): readonly ModelFile[] | Promise<readonly ModelFile[]>;
  /**
   * Moves an alias with the switch of a rollout, now or as soon as the server answers; may be called inside a transaction.
   * @returns what is still to come, for people
   */
  moveAlias(name: string, alias: string, version: number, actor: Caller): string | undefined;
}
