const shownCharacters = 12;

/** A digest, commit or id as people see it: its first 12 characters. */
export function shortDigest(digest: string): string {
  return digest.slice(0, shownCharacters);
}

/** A text for people in which each digest of 32 or 64 characters is shortened. */
export function shortDigests(text: string): string {
  return text.replace(/\b[0-9a-f]{32}(?:[0-9a-f]{32})?\b/g, shortDigest);
}

/** True for what is a digest (md5 or sha256 in hex) and nothing else. */
export function isDigest(text: string): boolean {
  return /^[0-9a-f]{32}(?:[0-9a-f]{32})?$/.test(text);
}
