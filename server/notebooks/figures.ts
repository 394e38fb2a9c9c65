import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { createTurn } from '../platform/time/turn.ts';
import type { CellOutput } from '../contract/notebooks.ts';
import type { Artifacts } from '../tracking/local/artifacts.ts';
import { pathOfUri } from '../artifacts/artifactPath.ts';
import type { Runs } from '../tracking/local/runs.ts';
import { captureLimits } from './bounds.ts';

export interface FigureStores {
  readonly artifacts: Pick<Artifacts, 'put' | 'find' | 'open' | 'below'>;
  readonly runs: Pick<Runs, 'find'>;
}

/** Figures of captured runs: images that cells showed, as artifacts of the run. */
export interface Figures {
  /**
   * The outputs with their images moved to `figures/cell-<index>-<n>` among the run's artifacts, `n` from 1 up. The same picture of the
   * same cell is kept once; what the run has no room for is left out and says so.
   */
  keep(runId: string, cellIndex: number, outputs: readonly CellOutput[]): Promise<CellOutput[]>;
  /** The outputs with their images in them again, up to `most` bytes together. What it leaves out says so. */
  fill(runId: string, outputs: readonly CellOutput[], most: number): Promise<CellOutput[]>;
}

const endings: Readonly<Record<string, string>> = {
  'image/png': 'png',
  'image/jpeg': 'jpg',
  'image/gif': 'gif',
  'image/webp': 'webp',
  'image/svg+xml': 'svg',
};

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  yield bytes;
}

export function createFigures({ artifacts, runs }: FigureStores): Figures {
  // One after the other: two that are stored at once must not take the same name.
  const inTurn = createTurn();

  const rootOf = (runId: string): string | undefined => pathOfUri(runs.find(runId).artifact_uri);

  const store = async (root: string, cellIndex: number, ending: string, output: CellOutput): Promise<CellOutput> => {
    const bytes = Buffer.from(output.content, output.encoding === 'base64' ? 'base64' : 'utf8');
    const figures = artifacts.below(`${root}/figures`);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const prefix = `${root}/figures/cell-${cellIndex}-`;
    const ofCell = figures.filter(({ path }) => path.startsWith(prefix));
    const same = ofCell.find((figure) => figure.sha256 === sha256 && figure.path.endsWith(`.${ending}`));
    const rest = { mime: output.mime, content: '', encoding: output.encoding, truncated: false } as const;
    if (same !== undefined) {
      return { ...rest, artifact: same.path.slice(root.length + 1) };
    }
    const kept = figures.reduce((sum, figure) => sum + figure.bytes, 0);
    if (bytes.byteLength > captureLimits.figure || kept + bytes.byteLength > captureLimits.figures) {
      return { ...rest, truncated: true };
    }
    const last = Math.max(0, ...ofCell.map(({ path }) => Number.parseInt(path.slice(prefix.length), 10) || 0));
    const stored = await artifacts.put(`${prefix}${last + 1}.${ending}`, once(bytes));
    return { ...rest, artifact: stored.path.slice(root.length + 1) };
  };

  const keepAll = async (runId: string, cellIndex: number, outputs: readonly CellOutput[]): Promise<CellOutput[]> => {
    const root = rootOf(runId);
    const result: CellOutput[] = [];
    for (const output of outputs) {
      const ending = endings[output.mime];
      result.push(root === undefined || ending === undefined || output.content === '' || output.truncated ? output : await store(root, cellIndex, ending, output));
    }
    return result;
  };

  const fillOne = async (root: string | undefined, output: CellOutput, most: number): Promise<CellOutput> => {
    const artifact = root === undefined || output.artifact === undefined ? undefined : artifacts.find(`${root}/${output.artifact}`);
    if (artifact === undefined || artifact.bytes > most) {
      return output.artifact === undefined ? output : { ...output, truncated: true };
    }
    const { content } = await artifacts.open(artifact.path);
    return { ...output, content: (await buffer(content)).toString(output.encoding === 'base64' ? 'base64' : 'utf8') };
  };

  return {
    keep: (runId, cellIndex, outputs) => inTurn(() => keepAll(runId, cellIndex, outputs)),
    async fill(runId, outputs, most) {
      const root = rootOf(runId);
      const filled: CellOutput[] = [];
      let left = most;
      for (const output of outputs) {
        const whole = await fillOne(root, output, left);
        left -= whole.artifact === undefined ? 0 : whole.content.length;
        filled.push(whole);
      }
      return filled;
    },
  };
}
