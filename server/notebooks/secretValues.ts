/** What stands in the place of a secret. */
export const mask = '••••••';

/** Told of each value that was masked. */
export type Found = (value: string) => void;

/** Names that say that their value is secret, whatever it looks like. The name ends with it: `max_tokens` and `password_field` do not. */
export const secretName =
  '(?:[\\w-]{0,60}[_-])?(?:password|passwd|passphrase|pwd|client_?secret|secret|secret_?key|access_?key|api_?key|app_?key|account_?key|' +
  'shared_?access_?key|auth_?key|encryption_?key|signing_?key|private_?key|secret_?access_?key|' +
  '(?:access|auth|api|bearer|refresh|id|session|security|hf|github|gitlab|slack|bot|oauth|personal|registry|deploy|user|service)_?token|credentials?)';
/** The same in camel case: `apiKey`, `dbPassword`, `AccountKey`. */
const camelName = '[A-Za-z]{1,40}(?:Password|Passwd|Secret|ApiKey|AccessKey|SecretKey|PrivateKey|AccessToken|AuthToken|ApiToken|RefreshToken)';
/** Names that often mean something else: their values count only when they look like a secret. */
export const doubtfulName = '(?:[\\w-]{0,60}[_-])?(?:token|key|sig|signature|auth)';

/** Names whose values are secret whatever they look like. */
export const strongName = `(?:${secretName}|${camelName})`;

/** Stands for a value and is none: `{token}`, `${TOKEN}`, `<your token>`, `[PAD]`, `%s`, a mask. */
export function isPlaceholder(value: string): boolean {
  const text = value.trim();
  return (
    text === '' ||
    /^(?:\$?\{[^{}]*\}|\$\w+|<[^<>]*>|\[\w*\]|%s|%\(\w+\)s|[*•.x]+|None|null|true|false|str|string|password)$/i.test(text) ||
    text.includes(mask)
  );
}

/** Whether a text looks drawn at random: letters and digits mixed, nothing to read. */
export function looksRandom(value: string, shortest: number): boolean {
  return value.length >= shortest && !/\s/.test(value) && /[a-z]/i.test(value) && (value.match(/\d/g)?.length ?? 0) >= 2 && !/^(?:float|int|uint)\d+$/.test(value);
}

/** Shapes that are no secret although they mix letters and digits: paths, dates, versions, dotted or underscored words with a number. */
export function isOrdinary(value: string): boolean {
  return /^[\w.-]*\/[\w./-]*$|^\d{4}-\d\d|^(?:[A-Za-z]{1,30}\d{0,3}|\d{1,4})(?:[_.-](?:[A-Za-z]{1,30}\d{0,3}|\d{1,4}))*$/.test(value);
}
