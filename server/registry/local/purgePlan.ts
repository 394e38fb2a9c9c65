import type { z } from 'zod';
import type { purgeSelection, PurgeReport } from '../../contract/tracking.ts';
import { Problem } from '../../platform/errors.ts';
import type { Database } from '../../platform/database/database.ts';
import { pathOfUri } from '../../artifacts/artifactPath.ts';
import { defaultExperiment, parseExperimentId } from '../../tracking/local/experiments.ts';

export type PurgeSelection = z.output<typeof purgeSelection>;

export interface Doomed {
  readonly id: number;
  /** The wire's id: `run_id` or `model_id`. */
  readonly name: string;
  readonly experiment: number;
  /** The folder of its artifacts, where it has one of its own below the artifact root. */
  readonly root: string | undefined;
}

/** What a purge removes. */
export interface PurgePlan {
  readonly experiments: readonly { readonly id: number; readonly name: string }[];
  readonly runs: readonly Doomed[];
  readonly models: readonly Doomed[];
  readonly report: PurgeReport;
}

interface Candidate {
  readonly id: number;
  readonly name: string;
  readonly experiment: number;
  readonly stage: string;
  readonly artifact_uri: string;
  readonly at: number | null;
}

interface CandidateModel extends Candidate {
  readonly source_run_id: string | null;
}

function toDoomed({ id, name, experiment, artifact_uri: uri }: Candidate): Doomed {
  const root = pathOfUri(uri);
  // A folder that does not carry its name may hold what is others'.
  return { id, name, experiment, root: root?.split('/').includes(name) === true ? root : undefined };
}

/** Says what a purge would remove; what versions of registered models need is kept. @throws Problem for a named run or experiment that is not deleted */
export type PlanPurge = (selection: PurgeSelection) => PurgePlan;

export function createPurgePlan(database: Database): PlanPurge {
  const deletedExperiments = database.prepare<[], { id: number; name: string; at: number }>(
    `SELECT id, name, updated_at AS at FROM experiments WHERE stage = 'deleted' ORDER BY id`,
  );
  const allRuns = database.prepare<[], Candidate>(
    `SELECT id, run_id AS name, experiment, stage, artifact_uri, deleted_at AS at FROM runs WHERE stage = 'deleted' ORDER BY id`,
  );
  const allModels = database.prepare<[], CandidateModel>(
    'SELECT id, model_id AS name, experiment, stage, artifact_uri, updated_at AS at, source_run_id FROM logged_models ORDER BY id',
  );
  const activeRunsIn = database.prepare<[number], { runs: number }>(`SELECT count(*) AS runs FROM runs WHERE experiment = ? AND stage = 'active'`);
  const modelStage = database.prepare<[string], { stage: string }>('SELECT stage FROM logged_models WHERE model_id = ?');
  const runStage = database.prepare<[string], { stage: string }>('SELECT stage FROM runs WHERE run_id = ?');
  const uses = database.prepare<[], { model: string; version: number; run_id: string | null; model_id: string | null }>(
    `SELECT registered_models.name AS model, version, run_id, model_id FROM model_versions JOIN registered_models ON registered_models.id = model_versions.model
     WHERE deleted_at IS NULL`,
  );
  const filesBelow = database.prepare<[string, string], { sha256: string; bytes: number }>('SELECT sha256, bytes FROM artifacts WHERE path >= ? AND path < ?');
  const usesOf = database.prepare<[string], { uses: number }>('SELECT count(*) AS uses FROM artifacts WHERE sha256 = ?');

  /** Files of the folders, and the bytes of content that no other file has. */
  const measure = (roots: readonly string[]): { files: number; bytes: number } => {
    const contents = new Map<string, { bytes: number; files: number }>();
    let files = 0;
    for (const root of roots) {
      for (const { sha256, bytes } of filesBelow.iterate(`${root}/`, `${root}0`)) {
        files += 1;
        contents.set(sha256, { bytes, files: (contents.get(sha256)?.files ?? 0) + 1 });
      }
    }
    const freed = [...contents].filter(([sha256, content]) => (usesOf.get(sha256)?.uses ?? 0) <= content.files);
    return { files, bytes: freed.reduce((sum, [, { bytes }]) => sum + bytes, 0) };
  };

  const chosenExperiments = ({ runIds, experimentIds, modelIds, deletedBefore }: PurgeSelection): { id: number; name: string }[] => {
    const deleted = deletedExperiments.all();
    const ids = experimentIds?.map(parseExperimentId);
    for (const id of ids ?? []) {
      if (!deleted.some((experiment) => experiment.id === id)) {
        throw new Problem('invalid-input', `There is no deleted experiment ${id}.`, { field: 'experimentIds', remedy: 'Delete the experiment first.' });
      }
    }
    const wanted = ids ?? (runIds === undefined && modelIds === undefined ? deleted.map(({ id }) => id) : []);
    return deleted.filter(({ id, at }) => wanted.includes(id) && (deletedBefore === undefined || at < deletedBefore));
  };

  return (selection) => {
    const { runIds, experimentIds, modelIds, deletedBefore } = selection;
    for (const runId of runIds ?? []) {
      if (runStage.get(runId)?.stage !== 'deleted') {
        throw new Problem('invalid-input', `There is no deleted run ${runId}.`, { field: 'runIds', remedy: 'Delete the run first.' });
      }
    }
    for (const modelId of modelIds ?? []) {
      if (modelStage.get(modelId)?.stage !== 'deleted') {
        throw new Problem('invalid-input', `There is no deleted model ${modelId}.`, { field: 'modelIds', remedy: 'Delete the model first.' });
      }
    }
    const everything = runIds === undefined && experimentIds === undefined && modelIds === undefined;
    const experiments = chosenExperiments(selection);
    const within = new Set(experiments.map(({ id }) => id));
    const named = new Set(runIds);
    const namedModels = new Set(modelIds);
    const early = ({ at }: Candidate): boolean => deletedBefore === undefined || (at ?? 0) < deletedBefore;
    const runs = allRuns.all().filter((run) => within.has(run.experiment) || ((everything || named.has(run.name)) && early(run)));
    const runNames = new Set(runs.map(({ name }) => name));
    const models = allModels.all().filter(
      (model) =>
        within.has(model.experiment) ||
        (model.source_run_id !== null && runNames.has(model.source_run_id)) ||
        (model.stage === 'deleted' && (everything || namedModels.has(model.name)) && early(model)),
    );

    const usedRuns = new Map<string, string>();
    const usedModels = new Map<string, string>();
    for (const { model, version, run_id: runId, model_id: modelId } of uses.all()) {
      const user = `version ${version} of ${model} comes from it`;
      usedRuns.set(runId ?? '', user);
      usedModels.set(modelId ?? '', user);
    }
    for (const { name, source_run_id: runId } of models) {
      const user = usedModels.get(name);
      if (user !== undefined && runId !== null) {
        usedRuns.set(runId, user);
      }
    }
    const kept: PurgeReport['kept'] = [];
    const spare = <T extends Candidate>(kind: 'run' | 'model', all: readonly T[], used: ReadonlyMap<string, string>): T[] =>
      all.filter(({ name }) => {
        const reason = used.get(name);
        if (reason !== undefined) {
          kept.push({ kind, id: name, reason });
        }
        return reason === undefined;
      });
    const goneRuns = spare('run', runs, usedRuns).map(toDoomed);
    const goneModels = spare('model', models, usedModels).map(toDoomed);
    const lost = new Set([...runs, ...models].filter(({ name }) => usedRuns.has(name) || usedModels.has(name)).map(({ experiment }) => experiment));
    const goneExperiments = experiments.filter(({ id }) => {
      const active = activeRunsIn.get(id)?.runs ?? 0;
      const reason =
        id === defaultExperiment
          ? 'it is the default experiment'
          : lost.has(id)
            ? 'some of what is in it stays'
            : active > 0
              ? `${active} runs in it are not deleted`
              : undefined;
      if (reason !== undefined) {
        kept.push({ kind: 'experiment', id: String(id), reason });
      }
      return reason === undefined;
    });
    const roots = [...goneRuns, ...goneModels].flatMap(({ root }) => root ?? []);
    return {
      experiments: goneExperiments,
      runs: goneRuns,
      models: goneModels,
      report: { experiments: goneExperiments.length, runs: goneRuns.length, models: goneModels.length, ...measure(roots), kept },
    };
  };
}
