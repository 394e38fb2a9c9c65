import { maskColumns } from './maskColumns.ts';
import { doubtfulName, type Found, isOrdinary, isPlaceholder, looksRandom, mask, secretName, strongName } from './secretValues.ts';

const privateKey = /(-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----)[\s\S]*?(-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|$)/g;

/** `scheme://user:password@host`; the password part may be missing. */
const userInfo = /\b([a-z][a-z0-9+.-]{1,20}:\/\/)([^\s/?#@:'"\\<>]{0,200})(?::([^\s/?#@'"\\<>]{1,500}))?@(?=[\w[.-])/gi;

const authorization = /\b(Bearer|Basic)(\s+)([A-Za-z0-9._~+/-]{8,4096}={0,2})/g;

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

const patterns = {
  quotedStrong: quotedAssignment(strongName),
  quotedDoubtful: quotedAssignment(doubtfulName),
  environmentStrong: environmentCall(strongName),
  environmentDoubtful: environmentCall(doubtfulName),
  parameter: parameterOf(strongName),
  tableRow: tableRow(strongName),
  bareStrong: bareAssignment(strongName),
  bareDoubtful: bareAssignment(doubtfulName),
};

/** A quick look for texts that hold nothing of the kind, which most are. */
const anySign = /pass(?:word|wd|phrase)|pwd|secret|token|key|sig|auth|credential|bearer|basic |:\/\/[^\s/]*@/i;

function maskPrivateKeys(text: string): string {
  return text.replace(privateKey, (_whole, begin: string, end: string) => `${begin}${mask}${end}`);
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
 * A text with what looks like a key, a token or a password replaced by {@link mask}: values of secret names,
 * columns of tables under such names, logins in URLs and headers, private keys. Names and everything around stay as they are, quotes and escapes too, so that
 * JSON stays JSON. It errs towards leaving ordinary code readable: a value without quotes counts only when it looks random.
 * @param found is told of each value that was masked
 */
export function maskSecrets(text: string, found: Found = () => undefined): string {
  if (!anySign.test(text)) {
    return text;
  }
  // Columns last: what is masked before them has kept its place in its row, or is no longer a value.
  return maskColumns(maskAssignments(maskAuthorization(maskUserInfo(maskPrivateKeys(text), found), found), found), found);
}
