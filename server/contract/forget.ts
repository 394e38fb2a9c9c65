import { z } from 'zod';
import { route } from './route.ts';
import { endpointName } from './values.ts';

/** What was erased of one person's requests. */
export const forgotten = z.object({
  /** Requests of the inference log: the line stays, for its status and latency, without id, bodies and scores. One with rows of others loses these too. */
  requests: z.number().int(),
  /** Predictions that labels were joined with, and labels, by the key itself or by the ids of the requests. */
  predictions: z.number().int(),
  labels: z.number().int(),
  /** Windows in whose statistics the key itself stood as a value. */
  windows: z.number().int(),
  /** Requests whose bodies are in the log and cannot be read for rows (cut, binary or of an unknown form), and do not hold the key as text. */
  unread: z.number().int(),
});
export type Forgotten = z.infer<typeof forgotten>;

export const forgetRoutes = {
  forgetRequests: route({
    method: 'POST',
    path: '/endpoints/:name/forget',
    summary: "Erases one person's requests, predictions and labels by the value of an input column; counts and latencies stay",
    needsTrust: 'erasing requests',
    input: z.object({
      name: endpointName,
      /** One column and its value, such as `{"customer_id": 42}`; compared as text. */
      where: z.record(z.string().min(1).max(500), z.union([z.string().min(1).max(1000), z.number(), z.boolean()])).refine((where) => Object.keys(where).length === 1, 'name one column and its value'),
    }),
    output: forgotten,
  }),
};
