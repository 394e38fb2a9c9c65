import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';

/** What arrived, with the envelope that it came in. */
interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  /** Who had logged in. */
  readonly user: string | undefined;
  readonly isSecure: boolean;
  readonly raw: string;
}

export interface MailServerOptions {
  /** Without it nobody may log in. */
  readonly login?: { readonly user: string; readonly password: string };
  readonly certificate?: { readonly key: string; readonly cert: string };
  /** TLS from the first byte; else STARTTLS where there is a certificate. */
  readonly secure?: boolean;
}

/** An SMTP server of 127.0.0.1 that keeps what it got. */
export class MailServer {
  readonly got: Mail[] = [];
  /** The reply code to a recipient (an address) or to the whole message (`data`), where it is refused. */
  readonly refusals = new Map<string, number>();
  /** Lets senders wait for the answer to MAIL FROM. */
  isSilent = false;
  /** How often somebody was heard who wanted to send. */
  heard = 0;
  readonly #server: SMTPServer;

  constructor({ login, certificate, secure = false }: MailServerOptions = {}) {
    const refusal = (what: string): Error | undefined => {
      const code = this.refusals.get(what);
      return code === undefined ? undefined : Object.assign(new Error(`not for ${what}`), { responseCode: code });
    };
    this.#server = new SMTPServer({
      ...certificate, secure, logger: false, closeTimeout: 1, authOptional: login === undefined, allowInsecureAuth: true,
      disabledCommands: [...(login === undefined ? ['AUTH'] : []), ...(certificate === undefined ? ['STARTTLS'] : [])],
      onAuth: ({ username, password }, _session, callback) => (username === login?.user && password === login?.password ? callback(null, { user: username ?? '' }) : callback(new Error('no such user and password'))),
      onMailFrom: (_address, _session, callback) => {
        this.heard += 1;
        if (!this.isSilent) {
          callback();
        }
      },
      onRcptTo: ({ address }, _session, callback) => callback(refusal(address)),
      onData: (stream, session, callback) => {
        const { secure: isSecure, envelope: { mailFrom, rcptTo } } = session;
        const user: unknown = session.user;
        void text(stream).then((raw) => {
          const refused = refusal('data');
          if (refused === undefined) {
            this.got.push({ from: mailFrom === false ? '' : mailFrom.address, to: rcptTo.map(({ address }) => address), user: typeof user === 'string' ? user : undefined, isSecure, raw });
          }
          callback(refused);
        });
      },
    });
    // A client that breaks off in the middle, as for a certificate that it does not trust.
    this.#server.on('error', () => undefined);
  }

  /** @returns the port */
  async open(): Promise<string> {
    this.#server.server.listen(0, '127.0.0.1');
    await once(this.#server.server, 'listening');
    return String((this.#server.server.address() as AddressInfo).port);
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.close(resolve));
  }
}
