import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import type { SendMailOptions, SMTPSentMessageInfo, SMTPTransportOptions } from 'nodemailer';
import { z } from 'zod';
import { messageOf, Problem, systemErrorCode } from '../../platform/errors.ts';
import { ToldInPart } from './channel.ts';
import { oneLine } from './words.ts';

/** Connecting, login and message together. */
const mostMilliseconds = 30_000;
const shownCharacters = 300;
const lookAgain = 'Look at the settings of the channel, then send a test.';

export interface MailServer {
  readonly host: string;
  readonly port: number;
  /** `starttls`: TLS before anything is said; `tls`: from the first byte; `none`: never. */
  readonly security: 'starttls' | 'tls' | 'none';
  readonly login?: { readonly user: string; readonly pass: string };
  /** File with the certificates of the authority that the server's is checked by, in place of those that everybody trusts. */
  readonly ca?: string;
}

/** What nodemailer says of a failure (https://nodemailer.com/errors): the server's reply codes, where it gave some. */
const failure = z.object({ code: z.string().optional(), responseCode: z.number().optional(), rejectedErrors: z.array(z.object({ responseCode: z.number().optional() })).optional() }).catch({});

/**
 * Gives a message to an SMTP server (RFC 5321), within 30 seconds.
 * @throws Problem `unavailable` where it is worth another try: no connection, replies from 400 to 499; `invalid-input` for what would fail again, such as
 * replies from 500 to 599, a wrong password or a certificate that nobody trusts; {@link ToldInPart} where some of the recipients are refused for good
 */
export async function sendMail(server: MailServer, message: SendMailOptions, signal: AbortSignal): Promise<void> {
  const ending = AbortSignal.any([signal, AbortSignal.timeout(mostMilliseconds)]);
  const ca = await readAuthority(server);
  const { createTransport } = await import('nodemailer');
  let info: SMTPSentMessageInfo;
  try {
    info = await createTransport(optionsOf(server, ca, ending)).sendMail({ ...message, disableFileAccess: true, disableUrlAccess: true });
  } catch (error) {
    throw problemOf(error, server, ending);
  }
  const { rejected, rejectedErrors = [] } = info;
  if (rejected.length > 0) {
    const text = `${server.host} does not take mail for ${rejected.join(', ')}: ${shown(rejectedErrors.map(({ message: said }) => said).join('; '))}`;
    throw rejectedErrors.some(({ responseCode }) => isForNow(responseCode)) ? new Problem('unavailable', text) : new ToldInPart('invalid-input', text, { field: 'to', remedy: 'The others were told. Take them out of to, or correct them.' });
  }
}

async function readAuthority({ ca }: MailServer): Promise<string | undefined> {
  return ca === undefined
    ? undefined
    : readFile(ca, 'utf8').catch((cause: unknown) => {
        throw new Problem('invalid-input', `ca: ${ca} cannot be read: ${systemErrorCode(cause) ?? messageOf(cause)}`, { field: 'ca', remedy: 'Name a PEM file with the certificate of the authority.', cause });
      });
}

function optionsOf({ host, port, security, login }: MailServer, ca: string | undefined, ending: AbortSignal): SMTPTransportOptions {
  return {
    host,
    port,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    // Also where the server does not say that it knows logins: a message that was meant to go with one never goes without.
    ...(login === undefined ? {} : { auth: { ...login }, forceAuth: true }),
    ...(ca === undefined ? {} : { tls: { ca } }),
    getSocket(_options, callback) {
      const socket = connect({ host, port, signal: ending });
      let isOpen = false;
      // It stays while TLS has the socket too: that it was ended is never an error that nobody hears.
      socket.on('error', (error) => {
        if (!isOpen) {
          callback(error);
        }
      });
      socket.once('connect', () => {
        isOpen = true;
        callback(null, { connection: socket });
      });
    },
  };
}

function problemOf(error: unknown, { host, port }: MailServer, ending: AbortSignal): Problem {
  const { code, responseCode, rejectedErrors } = failure.parse(error);
  const said = shown(messageOf(error) || (systemErrorCode(error) ?? ''));
  const codes = rejectedErrors === undefined ? [responseCode] : rejectedErrors.map((each) => each.responseCode);
  const replies = codes.filter((each) => each !== undefined);
  const refused = (text: string, field: string, remedy: string): Problem => new Problem('invalid-input', `${host}:${port} ${text}: ${said}`, { field, remedy, cause: error });
  if (ending.aborted) {
    return new Problem('unavailable', `${host}:${port} did not take the message: ${messageOf(ending.reason)}`, { cause: error });
  }
  if (replies.some(isForNow)) {
    return new Problem('unavailable', `${host}:${port} does not take the message now: ${said}`, { cause: error });
  }
  if (code === 'EAUTH') {
    return refused('refused the login', 'password', 'Check user and password, then send a test. An account with a second factor often wants a password of its own for programs.');
  }
  if (code === 'ETLS' && replies.length > 0) {
    return refused('has no STARTTLS', 'security', 'Set security to tls, where the server speaks TLS from the beginning (port 465).');
  }
  if (/certificate|altnames/i.test(said)) {
    return refused('is not who it should be', 'ca', 'Address it by the name in its certificate. Where your own authority signed that, name the file of the authority (PEM) in ca.');
  }
  if (/wrong version number|SSL routines/i.test(said)) {
    return refused('does not speak TLS from the beginning', 'security', 'Set security to starttls, as servers on ports 587 and 25 want it.');
  }
  if (replies.length > 0 || code === 'EENVELOPE' || code === 'EMESSAGE') {
    return refused('refused the message', 'host', lookAgain);
  }
  return new Problem('unavailable', `${host}:${port} does not answer: ${said}`, { cause: error });
}

/** Replies from 400 to 499 are about now (RFC 5321, section 4.2.1). */
function isForNow(reply: number | undefined): boolean {
  return reply !== undefined && reply >= 400 && reply < 500;
}

function shown(text: string): string {
  return oneLine(text).slice(0, shownCharacters);
}
