import { z } from 'zod';
import type { Promotion } from './promotions.ts';
import { digest, endpointName, timestamp } from './values.ts';

/** What the signature of an approval is for, so that it is good for nothing else and no other is good for it. */
export const approvalNamespace = 'slipway-approval';

/** What an approval is bound to when it is signed: what was asked for, by whom, when and why, and the yes to it. */
const approvalContent = z.strictObject({
  promotion: z.number().int().positive(),
  endpoint: endpointName,
  model: z.string(),
  version: z.number().int(),
  release: digest,
  requester: z.string(),
  request: z.string(),
  requested: timestamp,
  reason: z.string(),
  time: timestamp,
});
export type ApprovalContent = z.infer<typeof approvalContent>;

const heading = 'slipway approval 1';
/** In the order of their lines. */
export const approvalFields = approvalContent.keyof().options;
const times: ReadonlySet<string> = new Set(['requested', 'time']);
const armor = '-----BEGIN SSH SIGNATURE-----';

/** What a yes to a promotion is about. @param release digest of what was looked at */
export function approvalOf({ id, endpoint, model, version, requestedBy, requestedAt, reason: request }: Promotion, release: string, reason: string, time: number): ApprovalContent {
  return { promotion: id, endpoint, model, version, release, requester: requestedBy, request, requested: requestedAt, reason, time };
}

/** The text that is signed: one of its fields a line, as JSON, times as ISO 8601 in UTC. Equal contents have equal texts. */
export function writeApproval(content: ApprovalContent): string {
  const shown = { ...content, requested: new Date(content.requested).toISOString(), time: new Date(content.time).toISOString() };
  return [heading, ...approvalFields.map((name) => `${name}: ${JSON.stringify(shown[name])}`), ''].join('\n');
}

/** What {@link writeApproval} has written; undefined for any other text, whatever it says. */
export function readApproval(text: string): ApprovalContent | undefined {
  try {
    const pairs = text.split('\n').slice(1, -1).map((line): readonly [string, unknown] => {
      const at = line.indexOf(': ');
      const name = line.slice(0, at);
      const value: unknown = JSON.parse(line.slice(at + 2));
      return [name, times.has(name) && typeof value === 'string' ? Date.parse(value) : value];
    });
    const content = approvalContent.parse(Object.fromEntries(pairs));
    return writeApproval(content) === text ? content : undefined;
  } catch {
    return undefined;
  }
}

/** The text and its signature as one file. */
export function joinApproval({ text, signature }: { readonly text: string; readonly signature: string }): string {
  return `${text}${signature}`;
}

/** The text and the signature of such a file, also of one whose ends of lines a repository has changed; undefined for a file without a signature. */
export function splitApproval(file: string): { readonly text: string; readonly signature: string } | undefined {
  const plain = file.replaceAll('\r\n', '\n');
  const at = plain.indexOf(`\n${armor}`);
  return at < 0 ? undefined : { text: plain.slice(0, at + 1), signature: plain.slice(at + 1) };
}
