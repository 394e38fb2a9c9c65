import { z } from 'zod';
import { companionEvent } from './events.ts';
import { errorBody } from './errors.ts';

export const panelKind = z.enum(['compare', 'registry', 'monitoring', 'releases']);
export type PanelKind = z.infer<typeof panelKind>;

/** What a panel shows: enough to restore it after a reload. */
export const panelSubject = z.discriminatedUnion('panel', [
  z.object({ panel: z.literal('compare'), runIds: z.array(z.string()) }),
  z.object({ panel: z.literal('registry'), model: z.string().optional() }),
  z.object({ panel: z.literal('monitoring'), endpoint: z.string().optional() }),
  z.object({ panel: z.literal('releases'), endpoint: z.string().optional() }),
]);
export type PanelSubject = z.infer<typeof panelSubject>;

/** Webview to extension host. Every `call` gets exactly one `answer` with the same id. */
export const messageFromPanel = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('call'), id: z.number().int(), name: z.string(), input: z.unknown() }),
  /** Runs a `slipway.*` command that the panel is allowed to run. */
  z.object({ type: z.literal('command'), id: z.number().int(), command: z.string(), argument: z.unknown() }),
  z.object({ type: z.literal('copy'), text: z.string() }),
  /** Opens another panel or changes this panel's subject. */
  z.object({ type: z.literal('show'), subject: panelSubject }),
]);
export type MessageFromPanel = z.infer<typeof messageFromPanel>;

/** Extension host to webview. */
export const messageToPanel = z.discriminatedUnion('type', [
  z.object({ type: z.literal('show'), subject: panelSubject }),
  z.object({ type: z.literal('answer'), id: z.number().int(), ok: z.literal(true), output: z.unknown() }),
  z.object({ type: z.literal('failure'), id: z.number().int(), error: errorBody.shape.error }),
  z.object({ type: z.literal('event'), event: companionEvent }),
  z.object({ type: z.literal('connection'), connected: z.boolean() }),
]);
export type MessageToPanel = z.infer<typeof messageToPanel>;
