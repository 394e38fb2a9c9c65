import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { activation, activationFile } from '../../platform/activation.ts';
import { systemErrorCode } from '../../platform/errors.ts';
import { replaceFile } from '../../platform/home.ts';
import { CallFailure } from '../callFailure.ts';
import { findRuntime } from '../runtime.ts';
import { launchdPlan } from './launchd.ts';
import type { ServiceAnswer, ServiceCommand, ServicePlan, Survival } from './servicePlan.ts';
import { systemdPlan } from './systemd.ts';
import { windowsTaskPlan } from './windowsTask.ts';

export interface ServiceOptions {
  /** Absolute path of the data home. */
  readonly home: string;
  /** The companion's program. */
  readonly entry: string;
  /** On which the companion is reached. */
  readonly port: number;
}

export interface ServiceState {
  /** What people call the service manager of this system. */
  readonly manager: string;
  /** The files are there, for this Slipway or for another one. */
  readonly installed: 'yes' | 'outdated' | 'no';
  readonly survival: Survival;
  /** How endpoints that come back at login come back before it. */
  readonly beforeLogin: string | undefined;
}

/** Each data home has a service of its own. */
function nameOf(home: string): string {
  return home === path.join(homedir(), '.slipway') ? 'slipway' : `slipway-${createHash('sha256').update(home).digest('hex').slice(0, 8)}`;
}

function planOf({ home, entry, port }: ServiceOptions): ServicePlan {
  const { executable, environment } = findRuntime(path.resolve(path.dirname(entry), '..'));
  const variables = { SLIPWAY_HOME: home, PATH: process.env['PATH'] ?? '', ...environment };
  const spec = {
    home,
    name: nameOf(home),
    command: [executable, entry] as const,
    environment: Object.fromEntries(Object.entries(variables).flatMap(([name, value]) => (value === undefined || value === '' ? [] : [[name, value]]))),
    port,
  };
  const uid = process.getuid?.() ?? 0;
  switch (process.platform) {
    case 'darwin':
      return launchdPlan(spec, homedir(), uid);
    case 'win32':
      return windowsTaskPlan(spec);
    default:
      return systemdPlan(spec, process.env['XDG_CONFIG_HOME'] ?? path.join(homedir(), '.config'), uid);
  }
}

/** @throws CallFailure `unavailable` where there is no such program */
function ask([program, ...args]: ServiceCommand): Promise<ServiceAnswer> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { windowsHide: true }, (error, stdout, stderr) => {
      if (systemErrorCode(error) === 'ENOENT') {
        reject(new CallFailure('unavailable', `There is no ${program} here.`, { remedy: 'Start the companion with "slipway serve" when this machine has restarted.' }));
      } else {
        resolve({ status: error === null ? 0 : typeof error.code === 'number' ? error.code : 1, text: `${stdout}${stderr}` });
      }
    });
  });
}

/** @throws CallFailure `work-failed` with what the command says */
async function run(command: ServiceCommand): Promise<void> {
  const { status, text } = await ask(command);
  if (status !== 0) {
    throw new CallFailure('work-failed', `${command.join(' ')} ended with ${status}: ${text.trim()}`);
  }
}

function isThere({ path: file, content }: ServicePlan['files'][number]): 'yes' | 'outdated' | 'no' {
  return existsSync(file) ? (readFileSync(file, 'utf8') === content ? 'yes' : 'outdated') : 'no';
}

function removeFiles({ files }: ServicePlan, home: string): void {
  [...files.map((each) => each.path), activationFile(home)].forEach((file) => rmSync(file, { force: true }));
}

/** What the service manager has of the companion of a data home. Asks nobody where nothing is installed. */
export async function serviceState(options: ServiceOptions): Promise<ServiceState> {
  const plan = planOf(options);
  const there = plan.files.map(isThere);
  const installed = there.every((each) => each === 'yes') ? 'yes' : there.includes('no') ? 'no' : 'outdated';
  const survival = installed === 'no' ? 'use' : plan.state.read(await Promise.all(plan.state.ask.map(ask)));
  return { manager: plan.manager, installed, survival, beforeLogin: plan.beforeLogin };
}

/**
 * Lets the service manager of this system keep the companion, from now on, in the place of what was installed before. No companion may run.
 * @returns what was refused of that which makes more of it
 * @throws CallFailure with what the manager says; then nothing is installed
 */
export async function installService(options: ServiceOptions): Promise<readonly string[]> {
  const { home, port } = options;
  const plan = planOf(options);
  if (plan.files.some((each) => isThere(each) !== 'no')) {
    await uninstallService(options);
  }
  for (const { path: file, content } of plan.files) {
    mkdirSync(path.dirname(file), { recursive: true });
    replaceFile(file, content);
  }
  if (plan.listens) {
    replaceFile(activationFile(home), `${JSON.stringify(activation.parse({ port }))}\n`);
  }
  try {
    for (const command of plan.install) {
      await run(command);
    }
  } catch (error) {
    removeFiles(plan, home);
    throw error;
  }
  const refused = await Promise.all(plan.improve.map((command) => run(command).then(() => undefined, (error: unknown) => (error instanceof Error ? error.message : String(error)))));
  return refused.filter((text) => text !== undefined);
}

/** Takes the companion from the service manager, which ends it; endpoints go on. */
export async function uninstallService(options: ServiceOptions): Promise<void> {
  const plan = planOf(options);
  const tell = (commands: readonly ServiceCommand[]): Promise<unknown> => commands.reduce<Promise<unknown>>((before, command) => before.then(() => ask(command)), Promise.resolve());
  await tell(plan.uninstall.before);
  removeFiles(plan, options.home);
  await tell(plan.uninstall.after);
}
