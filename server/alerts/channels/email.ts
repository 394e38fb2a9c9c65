import { createHash } from 'node:crypto';
import path from 'node:path';
import { z } from 'zod';
import { Problem } from '../../platform/errors.ts';
import { invalidInput } from '../../platform/http/implement.ts';
import type { AlertMessage, Channel } from './channel.ts';
import { sendMail, type MailServer } from './smtp.ts';
import { alertLines, headline } from './words.ts';

const mostRecipients = 50;
/** Servers cut longer ones off, or refuse them. */
const mostSubject = 250;
const thisMachine: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '::1']);
const ports = { starttls: 587, tls: 465, none: 25 } as const;

/** One address without a name, in ASCII: nothing in it ends a line or adds a header. */
const address = z.email({ pattern: z.regexes.html5Email, error: ({ input }) => `${JSON.stringify(input)} is no e-mail address, such as you@example.com` }).max(254);

const settings = z
  .object({
    host: z.string().regex(/^[\w.:-]{1,253}$/, 'give a host such as smtp.example.com, without a port'),
    port: z.string().regex(/^\d{1,5}$/, 'give a number from 1 to 65535').transform(Number).refine((port) => port >= 1 && port <= 65535, 'give a number from 1 to 65535').optional(),
    security: z.enum(['starttls', 'tls', 'none'], { error: 'give starttls, tls or none' }).default('starttls'),
    user: z.string().optional(),
    password: z.string().optional(),
    ca: z.string().refine((file) => path.isAbsolute(file), 'give the whole path of a file').optional(),
    from: address,
    to: z.string().transform((text) => text.split(/[\s,;]+/).filter((each) => each !== '')).pipe(z.array(address).min(1, 'name somebody').max(mostRecipients, `name at most ${mostRecipients}`)),
  })
  .refine(({ security, user, host }) => security !== 'none' || user === undefined || thisMachine.has(host), { path: ['security'], error: 'a password is not sent over an open line to another machine: give starttls or tls' });

function readSettings(values: Readonly<Record<string, string>>): z.infer<typeof settings> {
  const read = settings.safeParse(values);
  if (!read.success) {
    throw invalidInput(read.error);
  }
  return read.data;
}

/**
 * The same for the same content, so that one that comes again after a crash is known, and those of an incident stand together as answers to a message that
 * never was (https://www.rfc-editor.org/rfc/rfc5322#section-3.6.4).
 */
function identity({ event, key, alerts }: AlertMessage, from: string): { readonly messageId: string; readonly references: string; readonly inReplyTo: string } {
  const of = (content: unknown): string => `<${createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 32)}@${from.slice(from.lastIndexOf('@') + 1)}>`;
  const thread = of([key]);
  return { messageId: of([key, event, alerts]), references: thread, inReplyTo: thread };
}

/** E-mail by the SMTP server of a provider or of one's own: the words of the other channels as text, and the incident as an HTML page. */
export const email: Channel = {
  kind: 'email',
  label: 'E-mail by SMTP',
  fields: [
    { name: 'host', label: 'SMTP server', isSecret: false, isRequired: true, example: 'smtp.example.com' },
    { name: 'to', label: 'To, with commas between several', isSecret: false, isRequired: true, example: 'team@example.com, you@example.com' },
    { name: 'from', label: 'From', isSecret: false, isRequired: true, example: 'slipway@example.com' },
    { name: 'user', label: 'User, where it wants a login', isSecret: false, isRequired: false, example: 'slipway@example.com' },
    { name: 'password', label: 'Password', isSecret: true, isRequired: false },
    { name: 'security', label: 'Security: starttls, tls or none', isSecret: false, isRequired: false, example: 'starttls' },
    { name: 'port', label: 'Port: 587, with tls 465, with none 25 unless given', isSecret: false, isRequired: false, example: '587' },
    { name: 'ca', label: 'Certificate file (PEM) of an authority of your own', isSecret: false, isRequired: false, example: '/etc/ssl/our-authority.pem' },
  ],
  check(values) {
    readSettings(values);
  },
  async send(message, values, signal, page) {
    const { host, security, port = ports[security], user, password, ca, from, to } = readSettings(values);
    if (user !== undefined && password === undefined) {
      throw new Problem('invalid-input', 'password: is missing for this user', { field: 'password', remedy: 'Give it, or take the user away where the server wants no login.' });
    }
    const server: MailServer = { host, port, security, ...(user === undefined || password === undefined ? {} : { login: { user, pass: password } }), ...(ca === undefined ? {} : { ca }) };
    const html = page();
    await sendMail(
      server,
      {
        from: { name: 'Slipway', address: from },
        to,
        subject: headline(message).slice(0, mostSubject),
        text: [headline(message), ...alertLines(message)].join('\n'),
        ...(html === undefined ? {} : { html }),
        ...identity(message, from),
        ...(message.severity === 'critical' && message.event === 'firing' ? { priority: 'high' as const } : {}),
        // No answers of programs to a program (https://www.rfc-editor.org/rfc/rfc3834#section-5).
        headers: { 'Auto-Submitted': 'auto-generated' },
      },
      signal,
    );
  },
};
