/** What a service manager is to start, and for which data home. */
export interface ServiceSpec {
  /** Absolute path of the data home. */
  readonly home: string;
  /** Tells the service from that of another data home: part of names of files and units. */
  readonly name: string;
  /** A Node, and the companion's program. */
  readonly command: readonly [executable: string, entry: string];
  /** What the companion finds in its environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** Of 127.0.0.1, where the manager listens for the companion. */
  readonly port: number;
}

/** One command of the service manager: the program and what it is told. */
export type ServiceCommand = readonly [program: string, ...args: string[]];

/** When endpoints come back after a restart of the machine: by themselves, when the user logs in, or when somebody uses Slipway. */
export type Survival = 'boot' | 'login' | 'use';

/** How a service manager keeps the companion: files that it reads, and commands by which it is told of them. */
export interface ServicePlan {
  /** What people call the manager. */
  readonly manager: string;
  readonly files: readonly { readonly path: string; readonly content: string }[];
  /** Whether the manager holds the port and starts the companion when somebody connects. */
  readonly listens: boolean;
  /** In order; the first that fails ends the installation. */
  readonly install: readonly ServiceCommand[];
  /** Run afterwards, where it makes more of it; what it refuses is told. */
  readonly improve: readonly ServiceCommand[];
  /** In order; one that fails finds nothing to take back. Files are removed between the two. */
  readonly uninstall: { readonly before: readonly ServiceCommand[]; readonly after: readonly ServiceCommand[] };
  /** What the manager is asked, and what its answers mean. */
  readonly state: { readonly ask: readonly ServiceCommand[]; read(answers: readonly ServiceAnswer[]): Survival };
  /** How endpoints that come back at login come back before it; undefined where they cannot. */
  readonly beforeLogin: string | undefined;
}

export interface ServiceAnswer {
  readonly status: number;
  /** Standard output and standard error. */
  readonly text: string;
}
