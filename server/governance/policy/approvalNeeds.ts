import type { ModelEntry } from '../../contract/policyFile.ts';
import { layersOf, mergeLayers } from './policyLayers.ts';

/** What the schema of one field cannot see of approvals that have to be signed. */
export function wrongApprovals(entry: ModelEntry): string | undefined {
  if (entry.approvals?.signed !== true) {
    return undefined;
  }
  const tier = entry.tier ?? 'experimental';
  if (entry.approvals.allowedSigners === undefined) {
    return 'signed needs allowedSigners: a file with the SSH keys whose signatures count.';
  }
  const { required = 0 } = mergeLayers(layersOf(tier, entry)).entry.approvals ?? {};
  return required === 0 ? `signed needs required: the tier ${tier} asks for no approval by itself.` : undefined;
}
