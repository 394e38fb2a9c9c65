/** What stands in the place of a secret. */
export const mask = '••••••';

/** Keys and tokens that show by their own form. Each alternative begins with a fixed prefix, so that long texts are read fast. */
const knownForms: readonly RegExp[] = [
  // AWS access key ids.
  /\b(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{16}\b/g,
  // GitHub, GitLab, Slack, Hugging Face, npm, PyPI, SendGrid, Google, Databricks, Stripe.
  /\bgh[pousr]_[A-Za-z0-9]{20,255}\b/g,
  /\bgithub_pat_\w{20,255}\b/g,
  /\bglpat-[\w-]{16,255}/g,
  /\bxox[abeoprs]-[\w-]{10,255}/g,
  /\bhf_[A-Za-z0-9]{20,255}\b/g,
  /\bnpm_[A-Za-z0-9]{30,255}\b/g,
  /\bpypi-[\w-]{30,500}/g,
  /\bSG\.[\w-]{16,64}\.[\w-]{16,64}/g,
  /\bAIza[\w-]{35}/g,
  /\bdapi[0-9a-f]{32}\b/g,
  /\b[rs]k_(?:live|test)_[A-Za-z0-9]{16,255}\b/g,
  // OpenAI, Anthropic and others; a word such as "sk-learn-contrib-extras" has no digit.
  /\bsk-(?=[\w-]{0,200}\d)[\w-]{16,255}/g,
  // JSON web tokens.
  /\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?/g,
];

const privateKey = /(-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----)[\s\S]*?(-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|$)/g;

/** `scheme://user:password@host`; the password part may be missing. */
const userInfo = /\b([a-z][a-z0-9+.-]{1,20}:\/\/)([^\s/?#@:'"\\<>]{0,200})(?::([^\s/?#@'"\\<>]{1,500}))?@(?=[\w[.-])/gi;

const authorization = /\b(Bearer|Basic)(\s+)([A-Za-z0-9._~+/-]{8,4096}={0,2})/g;

/** Names that say that their value is secret, whatever it looks like. The name ends with it: `max_tokens` and `password_field` do not. */
const secretName =
  '(?:[\\w-]{0,60}[_-])?(?:password|passwd|passphrase|pwd|client_?secret|secret|secret_?key|access_?key|api_?key|app_?key|account_?key|' +
  'shared_?access_?key|auth_?key|encryption_?key|signing_?key|private_?key|secret_?access_?key|' +
  '(?:access|auth|api|bearer|refresh|id|session|security|hf|github|gitlab|slack|bot|oauth|personal|registry|deploy|user|service)_?token|credentials?)';
/** The same in camel case: `apiKey`, `dbPassword`, `AccountKey`. */
const camelName = '[A-Za-z]{1,40}(?:Password|Passwd|Secret|ApiKey|AccessKey|SecretKey|PrivateKey|AccessToken|AuthToken|ApiToken|RefreshToken)';
/** Names that often mean something else: their values count only when they look like a secret. */
const doubtfulName = '(?:[\\w-]{0,60}[_-])?(?:token|key|sig|signature|auth)';

/** Blanks, and the colours of a terminal: tracebacks show code in colours, which a text holds as they are or, in JSON, escaped. */
const blanks = '(?:[ \\t]|(?:\\x1b|\\\\u001[bB])\\[[\\d;]{0,20}m){0,20}';

/** An opening quote as it stands in code, or escaped inside another text. */
const quote = '(\\\\{0,3}(?:"""|\'\'\'|["\']))';
const quoted = `(?:[rRbBuUfF]{1,2})?${quote}((?:(?!\\SLOT)[^\\n\\\\]|\\\\(?!["']).){1,4096}?)\\SLOT`;
const quotedAt = (group: number): string => quoted.replaceAll('SLOT', String(group));

/** `name = "value"`, `name: "value"`, `"name": "value"`, `["name"] = "value"`, with an annotation perhaps. */
const quotedAssignment = (name: string): RegExp =>
  new RegExp(`((?:(?<![\\w-])|(?<=\\[[\\d;]{0,20}m))${name}\\d{0,3}(?:\\\\{0,3}["'])?${blanks}\\]?${blanks}(?::[ \\t]{0,20}[\\w.\\[\\]| ]{1,60})?(?:=>|==|:=|!=|[:=])${blanks})${quotedAt(2)}`, 'gi');
/** `os.environ.get("NAME", "value")`, `os.environ.setdefault("NAME", "value")`, `--name value`, `setx NAME value`. */
const environmentCall = (name: string): RegExp =>
  new RegExp(`((?:getenv|putenv|setenv|environ\\.get|environ\\.setdefault)\\(\\s{0,20}["']${name}\\d{0,3}["']\\s{0,20},\\s{0,20})${quotedAt(2)}`, 'gi');
/** Values without quotes: settings lines, query strings, connection strings, options of commands. */
const bareAssignment = (name: string): RegExp => new RegExp(`(?<![\\w-])(${name}\\d{0,3}(?:[ \\t]{0,4}[:=][ \\t]{0,4}))([^\\s"'\\\\,;&(){}\\[\\]<>#]{4,4096})(?![(\\[.\\w])`, 'gi');
/** A parameter of a URL or of a connection string: `?password=value`, `;Pwd=value`. */
const parameterOf = (name: string): RegExp => new RegExp(`([?&;](?:amp;)?[ \\t]{0,4}${name}=)([^\\s"'\\\\,;&(){}\\[\\]<>#]{1,4096})(?![(\\[.\\w])`, 'gi');
/** A name and its value beside each other in an HTML table. */
const tableRow = (name: string): RegExp => new RegExp(`(<t[hd]\\b[^<>]{0,200}>\\s{0,20}${name}\\s{0,20}</t[hd]>\\s{0,80}<td\\b[^<>]{0,200}>\\s{0,20})([^<>\\s][^<>]{0,4096})`, 'gi');
const settingLine = new RegExp(`^([ \\t]{0,20}(?:export[ \\t]+|%(?:set_)?env[ \\t]+|set[ \\t]+|setx[ \\t]+|ENV[ \\t]+)(?:${secretName}|${doubtfulName})[ \\t]{0,4}[= ][ \\t]{0,4})([^\\s"'$\\\\]\\S{0,4096})`, 'gim');
const option = new RegExp(`(--(?:${secretName}|token)[= ][ \\t]{0,4})([^\\s"'$\\\\{<-][^\\s"'\\\\]{2,4096})`, 'gi');

const strong = `(?:${secretName}|${camelName})`;
const patterns = {
  quotedStrong: quotedAssignment(strong),
  quotedDoubtful: quotedAssignment(doubtfulName),
  environmentStrong: environmentCall(strong),
  environmentDoubtful: environmentCall(doubtfulName),
  parameter: parameterOf(strong),
  tableRow: tableRow(strong),
  bareStrong: bareAssignment(strong),
  bareDoubtful: bareAssignment(doubtfulName),
};

/** A quick look for texts that hold nothing of the kind, which most are. */
const anySign =
  /pass(?:word|wd|phrase)|pwd|secret|token|key|sig|auth|credential|bearer|basic |:\/\/[^\s/]*@|AKIA|ASIA|AROA|AIDA|gh[pousr]_|_pat_|glpat-|xox|hf_|npm_|pypi-|SG\.|AIza|dapi|sk[-_]|rk_|eyJ/i;

/** Stands for a value and is none: `{token}`, `${TOKEN}`, `<your token>`, `[PAD]`, `%s`, a mask. */
function isPlaceholder(value: string): boolean {
  const text = value.trim();
  return (
    text === '' ||
    /^(?:\$?\{[^{}]*\}|\$\w+|<[^<>]*>|\[\w*\]|%s|%\(\w+\)s|[*•.x]+|None|null|true|false|str|string|password)$/i.test(text) ||
    text.includes(mask)
  );
}

/** Whether a text looks drawn at random: letters and digits mixed, nothing to read. */
function looksRandom(value: string, shortest: number): boolean {
  return value.length >= shortest && !/\s/.test(value) && /[a-z]/i.test(value) && (value.match(/\d/g)?.length ?? 0) >= 2 && !/^(?:float|int|uint)\d+$/.test(value);
}

/** Shapes that are no secret although they mix letters and digits: paths, dates, versions, dotted or underscored words with a number. */
function isOrdinary(value: string): boolean {
  return /^[\w.-]*\/[\w./-]*$|^\d{4}-\d\d|^(?:[A-Za-z]{1,30}\d{0,3}|\d{1,4})(?:[_.-](?:[A-Za-z]{1,30}\d{0,3}|\d{1,4}))*$/.test(value);
}

/** Told of each value that was masked. */
type Found = (value: string) => void;

function maskKnown(text: string, found: Found): string {
  const withoutKeys = text.replace(privateKey, (_whole, begin: string, end: string) => `${begin}${mask}${end}`);
  const masked = (value: string): string => {
    found(value);
    return mask;
  };
  return knownForms.reduce((current, form) => current.replace(form, masked), withoutKeys);
}

function maskUserInfo(text: string, found: Found): string {
  return text.replace(userInfo, (whole: string, scheme: string, user: string, password: string | undefined) => {
    const secret = password ?? user;
    if (password === undefined ? !looksRandom(user, 16) : isPlaceholder(password)) {
      return whole;
    }
    found(secret);
    return password === undefined ? `${scheme}${mask}@` : `${scheme}${user}:${mask}@`;
  });
}

function maskAuthorization(text: string, found: Found): string {
  return text.replace(authorization, (whole: string, scheme: string, space: string, value: string) => {
    if (!looksRandom(value, 8) && value.length < 24 && !value.endsWith('=')) {
      return whole;
    }
    found(value);
    return `${scheme}${space}${mask}`;
  });
}

function maskAssignments(text: string, found: Found): string {
  const quotedValue =
    (counts: (value: string) => boolean) =>
    (whole: string, _before: string, mark: string, value: string): string => {
      if (isPlaceholder(value) || !counts(value)) {
        return whole;
      }
      found(value);
      return `${whole.slice(0, whole.length - value.length - mark.length)}${mask}${mark}`;
    };
  const bareValue =
    (counts: (value: string) => boolean) =>
    (whole: string, before: string, value: string): string => {
      if (isPlaceholder(value) || !counts(value)) {
        return whole;
      }
      found(value);
      return `${before}${mask}`;
    };
  const always = (): boolean => true;
  const doubtful = (value: string): boolean => looksRandom(value, 16) && !isOrdinary(value);
  return text
    .replace(patterns.quotedStrong, quotedValue(always))
    .replace(patterns.quotedDoubtful, quotedValue(doubtful))
    .replace(patterns.environmentStrong, quotedValue(always))
    .replace(patterns.environmentDoubtful, quotedValue(doubtful))
    .replace(settingLine, bareValue(always))
    .replace(option, bareValue(always))
    .replace(patterns.parameter, bareValue(always))
    .replace(patterns.tableRow, bareValue(always))
    .replace(patterns.bareStrong, bareValue((value) => looksRandom(value, 6) && !isOrdinary(value)))
    .replace(patterns.bareDoubtful, bareValue(doubtful));
}

/**
 * A text with what looks like a key, a token or a password replaced by {@link mask}: values of secret names, known forms of keys,
 * web tokens, logins in URLs and headers, private keys. Names and everything around stay as they are, quotes and escapes too, so that
 * JSON stays JSON. It errs towards leaving ordinary code readable: a value without quotes counts only when it looks random.
 * @param found is told of each value that was masked
 */
export function maskSecrets(text: string, found: Found = () => undefined): string {
  return anySign.test(text) ? maskAssignments(maskAuthorization(maskUserInfo(maskKnown(text, found), found), found), found) : text;
}
