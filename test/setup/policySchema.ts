import { z } from 'zod';
import { policyFile } from '../../server/contract/policyFile.ts';

/** Where the JSON schema of `slipway.yaml` is, which the extension contributes to editors of YAML. */
export const policySchemaFile = 'media/slipway.schema.json';

/** JSON schema (draft 7, which YAML editors know best) of what may stand in a policy's file. */
export function policySchema(): string {
  return `${JSON.stringify(z.toJSONSchema(policyFile, { target: 'draft-7', io: 'input' }), null, 2)}\n`;
}
