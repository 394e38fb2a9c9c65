import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { CompanionClient } from '../../../server/client/companionClient.ts';
import type { Transfer } from '../../../server/contract/transfer.ts';
import { nextLook } from '../../harness/until.ts';

/** Writes a folder of MLflow's file store with one experiment. */
export function writeMlruns(root: string, runs: readonly { id: string; points: number }[], artifact = 'content'): void {
  const experiment = path.join(root, '77');
  mkdirSync(experiment, { recursive: true });
  writeFileSync(path.join(experiment, 'meta.yaml'), "name: moved\nlifecycle_stage: active\ncreation_time: 5\nlast_update_time: 6\nexperiment_id: '77'\n");
  for (const { id, points } of runs) {
    const folder = path.join(experiment, id);
    for (const name of ['metrics', 'params', 'tags', 'artifacts']) {
      mkdirSync(path.join(folder, name), { recursive: true });
    }
    writeFileSync(
      path.join(folder, 'meta.yaml'),
      `run_id: ${id}\nrun_name: run\nuser_id: me\nstatus: 3\nstart_time: 1000\nend_time: 2000\nlifecycle_stage: active\nartifact_uri: file:///gone/77/${id}/artifacts\n`,
    );
    writeFileSync(path.join(folder, 'params', 'p'), '1');
    writeFileSync(path.join(folder, 'tags', 'mlflow.runName'), 'run');
    writeFileSync(path.join(folder, 'artifacts', 'file.txt'), artifact);
    writeFileSync(path.join(folder, 'metrics', 'loss'), Array.from({ length: points }, (_none, step) => `${step + 1} ${1 / (step + 1)} ${step}\n`).join(''));
  }
}

export function runId(number: number): string {
  return number.toString(16).padStart(32, '0');
}

export async function ended(client: CompanionClient, { id }: Pick<Transfer, 'id'>): Promise<Transfer> {
  const started = Date.now();
  for (;;) {
    const transfer = await client.call('getTransfer', { id });
    if (transfer.state !== 'running') {
      return transfer;
    }
    await nextLook(started);
  }
}
