import { formatBytes } from '../../contract/format/bytes.ts';
import { plural } from '../../contract/format/plural.ts';
import { failed, notEvaluated, passed, type Gate } from './gate.ts';

const bytesOfMegabyte = 1_000_000;

export const sizeGate: Gate<'size'> = {
  id: 'size',
  label: 'Size of the release',
  judge({ release: { model, environment } }, { modelMegabytes, packages }) {
    if (modelMegabytes === undefined && packages === undefined) {
      return notEvaluated('The policy names neither modelMegabytes nor packages.');
    }
    const bytes = model.files.reduce((sum, file) => sum + file.bytes, 0);
    const words = `The model has ${formatBytes(bytes)} in ${plural(model.files.length, 'file')}, its environment ${plural(environment.packages.length, 'package')}`;
    const wrong = [
      ...(modelMegabytes !== undefined && bytes > modelMegabytes * bytesOfMegabyte ? [formatBytes(modelMegabytes * bytesOfMegabyte)] : []),
      ...(packages !== undefined && environment.packages.length > packages ? [plural(packages, 'package')] : []),
    ];
    return wrong.length === 0 ? passed(`${words}.`) : failed(`${words}; at most ${wrong.join(' and ')} are asked for.`);
  },
};
