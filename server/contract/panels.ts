import { z } from 'zod';
import { isCallName, routeNamed, type Api, type CallName } from './api.ts';
import { companionEvent } from './events.ts';
import { errorBody } from './errors.ts';
import type { PanelKind } from './panelKind.ts';
import type { Route } from './route.ts';
import { cellReference } from './tracking.ts';
import { empty } from './values.ts';

/** What a panel shows: enough to restore it after a reload. */
export const panelSubject = z.discriminatedUnion('panel', [
  /** These runs; without any, all runs of the experiment, or of all experiments. */
  z.object({ panel: z.literal('compare'), runIds: z.array(z.string()), experimentId: z.string().optional() }),
  z.object({ panel: z.literal('registry'), model: z.string().optional() }),
  z.object({ panel: z.literal('monitoring'), endpoint: z.string().optional() }),
  z.object({ panel: z.literal('releases'), endpoint: z.string().optional() }),
  z.object({ panel: z.literal('fleet') }),
  /** Without an id the one that waits, else the last one. */
  z.object({ panel: z.literal('promotion'), id: z.number().int().optional() }),
]);
export type PanelSubject = z.infer<typeof panelSubject>;

/** A file that a panel made: its name without a folder, and what is in it. */
export const savedFile = z.object({ name: z.string().min(1).max(200), encoding: z.enum(['text', 'base64']), content: z.string().max(64 << 20) });
export type SavedFile = z.infer<typeof savedFile>;

/** Webview to extension host. Every `call` gets exactly one `content` or `failure` with the same id, every `command` and `save` one `answer` or `failure`. */
export const messageFromPanel = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('call'), id: z.number().int(), name: z.string(), input: z.unknown() }),
  /** Nobody waits for the answer of a call any more: it is given up on the wire too. */
  z.object({ type: z.literal('cancel'), id: z.number().int() }),
  /** Runs a `slipway.*` command that the panel is allowed to run. */
  z.object({ type: z.literal('command'), id: z.number().int(), command: z.string(), argument: z.unknown() }),
  z.object({ type: z.literal('copy'), text: z.string() }),
  /** Asks the user where to save a file; answered with whether it was. */
  z.object({ type: z.literal('save'), id: z.number().int(), file: savedFile }),
  /** Opens another panel or changes this panel's subject. */
  z.object({ type: z.literal('show'), subject: panelSubject }),
]);
export type MessageFromPanel = z.infer<typeof messageFromPanel>;

/** Extension host to webview. */
export const messageToPanel = z.discriminatedUnion('type', [
  z.object({ type: z.literal('show'), subject: panelSubject }),
  z.object({ type: z.literal('answer'), id: z.number().int(), output: z.unknown() }),
  /** The companion's answer as it came: JSON in UTF-8, which the panel reads and checks against the call's declaration. */
  z.object({ type: z.literal('content'), id: z.number().int(), json: z.instanceof(ArrayBuffer) }),
  z.object({ type: z.literal('failure'), id: z.number().int(), error: errorBody.shape.error }),
  z.object({ type: z.literal('event'), event: companionEvent }),
  z.object({ type: z.literal('connection'), connected: z.boolean() }),
]);
export type MessageToPanel = z.infer<typeof messageToPanel>;

type PanelsOf<N extends CallName> = Api[N] extends Route<z.ZodType, z.ZodType, infer P> ? P[number] : never;
type CallsOfPanels = { readonly [P in PanelKind]: { [N in CallName]: P extends PanelsOf<N> ? N : never }[CallName] };
/** The calls of the companion's API that a panel makes: those that name it in their declarations. */
export type PanelCall<P extends PanelKind> = CallsOfPanels[P];

/** Whether a panel may make a call; the extension host passes on no others. */
export function isCallOfPanel(kind: PanelKind, name: string): name is CallName {
  return isCallName(name) && routeNamed(name).panels?.includes(kind) === true;
}

/** The commands that panels run through the extension host, with the one argument that each takes. */
export const panelCommands = {
  'slipway.startCompanion': empty,
  'slipway.logIn': empty,
  'slipway.connectNotebook': empty,
  'slipway.compareRuns': empty,
  'slipway.shareComparison': z.object({ runIds: z.array(z.string()).min(1), referenceId: z.string().optional() }),
  'slipway.renameRun': z.object({ runId: z.string() }),
  'slipway.registerModel': z.object({ runId: z.string().optional() }),
  'slipway.deployModel': z.object({ model: z.string().optional(), version: z.number().int().optional() }),
  /** Shows what is allowed, and asks. */
  'slipway.allowAndDeploy': z.object({ endpoint: z.string() }),
  /** Asks where too few requests say that the new release is good. */
  'slipway.promote': z.object({ endpoint: z.string() }),
  /** Asks before it deletes. */
  'slipway.deleteVersion': z.object({ model: z.string(), version: z.number().int() }),
  'slipway.openNotebookCell': cellReference,
  'slipway.compareRunNotebooks': z.object({ from: z.string(), to: z.string() }),
  'slipway.openNotebookAtRun': z.object({ runId: z.string() }),
  'slipway.compareNotebookWithRun': z.object({ runId: z.string() }),
  'slipway.showExecution': z.object({ runId: z.string(), sequence: z.number().int() }),
  'slipway.openArtifact': z.object({ runId: z.string(), path: z.string() }),
  'slipway.sendTestRequest': z.object({ endpoint: z.string(), release: z.string().optional() }),
  'slipway.takeBaseline': z.object({ endpoint: z.string() }),
  'slipway.explainRequest': z.object({ requestId: z.string(), endpoint: z.string() }),
  'slipway.copyCurl': z.object({ endpoint: z.string() }),
  'slipway.openEndpointDocs': z.object({ endpoint: z.string() }),
  'slipway.scaleEndpoint': z.object({ endpoint: z.string() }),
  'slipway.useThreshold': z.object({ model: z.string(), version: z.number().int(), threshold: z.number() }),
  'slipway.changeServing': z.object({ endpoint: z.string() }),
  'slipway.openIncident': z.object({ incident: z.number().int() }),
  /** Asks why, and what is not given. */
  'slipway.requestPromotion': z.object({ model: z.string().optional(), version: z.number().int().optional() }),
  'slipway.openPromotion': z.object({ id: z.number().int() }),
  /** Asks why. */
  'slipway.signApproval': z.object({ id: z.number().int() }),
  'slipway.copyPromotionLink': z.object({ id: z.number().int() }),
  'slipway.runGates': z.object({ model: z.string(), version: z.number().int() }),
  'slipway.retrain': z.object({ model: z.string() }),
  'slipway.showReadiness': z.object({ model: z.string() }),
  'slipway.showLogs': z.object({ endpoint: z.string().optional(), replica: z.string().optional() }),
} as const;
export type PanelCommand = keyof typeof panelCommands;
export type PanelCommandArgument<C extends PanelCommand> = z.input<(typeof panelCommands)[C]>;
