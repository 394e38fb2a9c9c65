/** A POST of JSON as a shell command. */
export function curlCommand(url: string, body: unknown): string {
  // A single quote ends the shell's quoting: close, escape, open again.
  return `curl -X POST ${url} -H 'Content-Type: application/json' -d '${JSON.stringify(body).replace(/'/g, `'\\''`)}'`;
}
