import { randomBytes } from 'node:crypto';

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Escapes text for element content and quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}

/** A value that a content security policy and the script that it admits share. */
export function createNonce(): string {
  return randomBytes(24).toString('base64url');
}
