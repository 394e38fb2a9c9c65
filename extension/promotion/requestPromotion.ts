import { promotionRoutes, type Promotion } from '../../server/contract/promotions.ts';
import { endpointName } from '../../server/contract/values.ts';
import type { App } from '../app.ts';
import { suggestEndpointName } from '../deployments/endpointName.ts';
import { versionOf } from '../registry/versionPrompts.ts';
import { askText, chosen } from '../vscode/prompts.ts';

const title = 'Slipway: Promote Version';

/** @returns what is wrong with a reason, in the companion's words */
export function checkReason(text: string): string | undefined {
  return promotionRoutes.rejectPromotion.input.shape.reason.safeParse(text).error?.issues[0]?.message;
}

async function askEndpoint(model: string): Promise<string | undefined> {
  const check = (text: string): string | undefined => endpointName.safeParse(text).error?.issues[0]?.message;
  return chosen(await askText({ title, prompt: 'Name of the endpoint: the last part of its URL', value: suggestEndpointName(model), check }));
}

/**
 * Asks for a version to go to production: which one and why, and the name of an endpoint that the model's own name cannot give. Its page opens, which goes on with
 * gates, approvals and rollout.
 * @returns undefined when the user left
 */
export async function requestPromotion({ connection, panels }: App, subject: unknown): Promise<Promotion | undefined> {
  const wanted = await versionOf(connection, subject, title);
  if (wanted === undefined) {
    return undefined;
  }
  const { model, version } = wanted;
  const reason = chosen(await askText({ title, prompt: `Why should ${model} version ${version} go to production?`, placeholder: 'For those who approve, and for the audit log', check: checkReason }));
  if (reason === undefined) {
    return undefined;
  }
  const { endpoints } = await connection.call('listEndpoints', {});
  // The companion knows the production endpoint of a model that has one.
  const isNamed = endpoints.some((each) => each.model === model) || endpointName.safeParse(model).success;
  const endpoint = isNamed ? undefined : await askEndpoint(model);
  if (!isNamed && endpoint === undefined) {
    return undefined;
  }
  const promotion = await connection.call('requestPromotion', { model, version, reason, ...(endpoint === undefined ? {} : { endpoint }) });
  panels.open({ panel: 'promotion', id: promotion.id });
  return promotion;
}
