import type { Customer } from './customers.ts';

export interface Answer {
  readonly milliseconds: number;
  readonly status: number;
  readonly release: string | undefined;
  /** By which a label is sent later. */
  readonly requestId: string | undefined;
  readonly customer: Customer;
}

/** A steady stream of single-row requests to an endpoint, at a fixed rate whatever the answers take. */
export interface Load {
  readonly answers: readonly Answer[];
  /** Stops sending and waits for the answers that are still out. */
  stop(): Promise<void>;
}

/** Posts one customer to `<url>/invocations`. A request that gets no answer counts with status 0. */
export async function ask(url: string, customer: Customer): Promise<Answer> {
  const started = performance.now();
  try {
    const answer = await fetch(`${url}/invocations`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ dataframe_records: [customer] }),
    });
    await answer.arrayBuffer();
    return {
      milliseconds: performance.now() - started,
      status: answer.status,
      release: answer.headers.get('x-slipway-release') ?? undefined,
      requestId: answer.headers.get('x-request-id') ?? undefined,
      customer,
    };
  } catch {
    return { milliseconds: performance.now() - started, status: 0, release: undefined, requestId: undefined, customer };
  }
}

/** Starts a load of `rate` requests a second over the customers in turn. */
export function startLoad(url: string, customers: readonly Customer[], rate: number): Load {
  const answers: Answer[] = [];
  const open = new Set<Promise<void>>();
  let next = 0;
  const timer = setInterval(() => {
    const customer = customers[next % customers.length];
    next += 1;
    if (customer === undefined) {
      return;
    }
    const request = ask(url, customer).then((answer) => {
      answers.push(answer);
      open.delete(request);
    });
    open.add(request);
  }, 1000 / rate);
  return {
    answers,
    async stop() {
      clearInterval(timer);
      await Promise.all(open);
    },
  };
}

/** The value below which a share of the sorted values lies (nearest rank). */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}
