import type { SecretStorage } from 'vscode';
import { z } from 'zod';

const login = z.object({ username: z.string().optional(), password: z.string().optional(), token: z.string().optional() });
export type Login = z.infer<typeof login>;

/** Logins of tracking servers, in VS Code's secret storage. */
export interface Logins {
  find(uri: string): Promise<Login | undefined>;
  keep(uri: string, login: Login): Promise<void>;
  forget(uri: string): Promise<void>;
}

function keyOf(uri: string): string {
  return `slipway.login:${uri.replace(/\/+$/, '')}`;
}

export function createLogins(secrets: SecretStorage): Logins {
  return {
    async find(uri) {
      const text = await secrets.get(keyOf(uri));
      return text === undefined ? undefined : login.parse(JSON.parse(text));
    },
    keep: async (uri, kept) => secrets.store(keyOf(uri), JSON.stringify(kept)),
    forget: async (uri) => secrets.delete(keyOf(uri)),
  };
}
