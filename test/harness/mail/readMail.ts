/** A part of a message that has content of its own. */
interface MailPart {
  readonly type: string;
  readonly text: string;
}

export interface ReadMail {
  /** Names in lower case, values unfolded, in the order in which they stand. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly parts: readonly MailPart[];
}

/** Reads a message as RFC 5322 and RFC 2045 have it: header fields, and the texts of its parts decoded. */
export function readMail(raw: string): ReadMail {
  const end = raw.indexOf('\r\n\r\n');
  const headers = raw
    .slice(0, end)
    .replace(/\r\n[ \t]+/g, ' ')
    .split('\r\n')
    .map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()] as const);
  const body = raw.slice(end + 4);
  const valueOf = (name: string): string => headers.find(([each]) => each === name)?.[1] ?? '';
  const type = valueOf('content-type');
  const boundary = /^multipart\/.*boundary="([^"]+)"/i.exec(type)?.[1];
  if (boundary === undefined) {
    return { headers, parts: [{ type: type.split(';')[0] ?? '', text: decode(body, valueOf('content-transfer-encoding')) }] };
  }
  const inner = body.split(`--${boundary}`).slice(1, -1);
  return { headers, parts: inner.flatMap((part) => readMail(part.replace(/^\r\n/, '')).parts) };
}

function decode(body: string, encoding: string): string {
  switch (encoding.toLowerCase()) {
    case 'base64':
      return Buffer.from(body, 'base64').toString('utf8');
    case 'quoted-printable': {
      const bytes = body.replace(/=\r\n/g, '').replace(/=([0-9A-F]{2})/g, (_whole, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
      return Buffer.from(bytes, 'latin1').toString('utf8');
    }
    default:
      return body;
  }
}
