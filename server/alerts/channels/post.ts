import { messageOf, Problem } from '../../platform/errors.ts';

const answerMilliseconds = 10_000;
const shownCharacters = 300;

export interface PostOptions {
  readonly signal: AbortSignal;
  readonly headers?: Readonly<Record<string, string>>;
  /** Name of the field that has the address, which may hold a secret: no message has it. */
  readonly field: string;
}

/**
 * Posts to an address that a person gave, without following redirects, for at most ten seconds.
 * @throws Problem `unavailable` where it is worth another try: no answer, 408, 429, 5xx; `invalid-input` for an address that is none and for what was refused
 */
export async function post(url: string, body: string, { signal, headers = {}, field }: PostOptions): Promise<void> {
  const address = URL.canParse(url) ? new URL(url) : undefined;
  if (address === undefined || !/^https?:$/.test(address.protocol)) {
    throw new Problem('invalid-input', `${field}: is no http or https address`, { field });
  }
  let response: Response;
  let said: string;
  try {
    response = await fetch(address, { method: 'POST', redirect: 'manual', body, headers: { 'content-type': 'application/json', ...headers }, signal: AbortSignal.any([signal, AbortSignal.timeout(answerMilliseconds)]) });
    said = (await response.text()).slice(0, shownCharacters);
  } catch (cause) {
    throw new Problem('unavailable', `${address.host} does not answer: ${messageOf(cause instanceof Error && cause.cause !== undefined ? cause.cause : cause)}`, { cause });
  }
  if (!response.ok) {
    const isForNow = response.status === 408 || response.status === 429 || response.status >= 500;
    throw new Problem(isForNow ? 'unavailable' : 'invalid-input', `${address.host} answered ${response.status}${said === '' ? '' : `: ${said}`}`, { field, remedy: 'Look at the settings of the channel, then send a test.' });
  }
}
