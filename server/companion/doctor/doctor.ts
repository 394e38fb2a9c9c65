import { existsSync, statSync } from 'node:fs';
import { openToRead } from '../../platform/database/copyDatabase.ts';
import { newestSchema } from '../../platform/database/database.ts';
import { damagedDatabase } from '../../platform/database/homeDatabase.ts';
import { isDamage, messageOf, Problem } from '../../platform/errors.ts';
import { isHeld, requireHome } from '../../platform/exclusiveHome.ts';
import { describeHome, type DataHome } from '../../platform/home.ts';
import { auditCheck } from './auditCheck.ts';
import { artifactsCheck } from './artifactsCheck.ts';
import { databaseCheck } from './databaseCheck.ts';
import { environmentsCheck } from './environmentsCheck.ts';
import { finding, type Check, type Examination, type Finding } from './examination.ts';
import { leftoversCheck } from './leftoversCheck.ts';
import { permissionsCheck } from './permissionsCheck.ts';
import { releasesCheck } from './releasesCheck.ts';

const checks: readonly Check[] = [databaseCheck, auditCheck, artifactsCheck, releasesCheck, environmentsCheck, leftoversCheck, permissionsCheck];

export interface DoctorOptions {
  readonly repair: boolean;
  /** Says what would be repaired, and leaves everything as it is. */
  readonly dryRun: boolean;
  readonly progress: (text: string) => void;
  readonly signal: AbortSignal;
}

export interface Diagnosis extends Omit<Finding, 'repair'> {
  readonly check: string;
  /** What a repair does; undefined where there is none. */
  readonly repair: string | undefined;
  readonly repaired: boolean;
  /** Why the repair did not succeed. */
  readonly failure: string | undefined;
}

export interface Report {
  readonly home: string;
  readonly checks: readonly { readonly name: string; readonly label: string; readonly looked: string; readonly wrong: number }[];
  readonly findings: readonly Diagnosis[];
  /** How many things are wrong and not repaired. */
  readonly wrong: number;
}

/**
 * Looks at all that a data home holds, without a companion and beside one. Repairs take nothing away that something may need.
 * @throws Problem `conflict` when something is to be repaired while a companion has the home, or when the database is of a newer version; the signal's reason
 */
export async function examineHome(root: string, options: DoctorOptions): Promise<Report> {
  const home = describeHome(root);
  if (!options.repair || options.dryRun) {
    // Who only looks keeps nobody from starting a companion.
    return examine(home, isHeld(root), options);
  }
  const hold = existsSync(root) ? requireHome(root) : undefined;
  try {
    return await examine(home, false, options);
  } finally {
    hold?.release();
  }
}

async function examine(home: DataHome, held: boolean, { repair, dryRun, progress, signal }: DoctorOptions): Promise<Report> {
  const database = openIfReadable(home.database);
  const examination: Examination = { home, database, held, progress, signal };
  const found: Omit<Report['checks'][number], 'wrong'>[] = [];
  const all: { readonly check: string; readonly each: Finding }[] = [];
  try {
    for (const { name, label, run } of checks) {
      const { looked, findings } = await run(examination).catch((error: unknown) => {
        signal.throwIfAborted();
        return { looked: `could not be looked at: ${messageOf(error)}`, findings: [unexpected(home, name, error)] };
      });
      found.push({ name, label, looked });
      all.push(...findings.map((each) => ({ check: name, each })));
    }
  } finally {
    database?.close();
  }
  const diagnoses: Diagnosis[] = [];
  for (const { check, each } of all) {
    const tried = repair && !dryRun && each.repair !== undefined;
    const failure = tried ? await attempt(each.repair, progress, each.subject) : undefined;
    diagnoses.push({ ...each, check, repair: each.repair?.does, repaired: tried && failure === undefined, failure });
  }
  const open = diagnoses.filter(({ wrong, repaired }) => wrong && !repaired);
  return {
    home: home.root,
    checks: found.map((each) => ({ ...each, wrong: open.filter(({ check }) => check === each.name).length })),
    findings: diagnoses,
    wrong: open.length,
  };
}

function unexpected(home: DataHome, check: string, error: unknown): Finding {
  if (isDamage(error)) {
    const { message, remedy } = damagedDatabase(home, error);
    return finding(home.database, message, { remedy });
  }
  return finding(home.root, `The check of ${check} did not come to its end: ${messageOf(error)}`);
}

async function attempt({ does, run }: NonNullable<Finding['repair']>, progress: (text: string) => void, subject: string): Promise<string | undefined> {
  try {
    progress(`${subject}: ${does}`);
    await run();
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

/** @throws Problem `conflict` for one of a newer version, whose tables may be others */
function openIfReadable(file: string): Examination['database'] {
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) === 0) {
    return undefined;
  }
  const database = openToRead(file);
  try {
    const schema = Number(database.pragma('user_version', { simple: true }));
    if (schema > newestSchema()) {
      throw new Problem('conflict', `The database is of a newer Slipway (schema ${schema}; this one knows ${newestSchema()}).`, { remedy: 'Use the "slipway" of that version.' });
    }
    if (database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'artifacts'").get() === undefined) {
      database.close();
      return undefined;
    }
    return database;
  } catch (error) {
    database.close();
    if (isDamage(error)) {
      return undefined;
    }
    throw error;
  }
}
