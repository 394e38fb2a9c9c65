import { declaredSettings } from '../contract/settings.ts';

/**
 * Who is started by Slipway: the companion, the gateway, scripts of this Node, a Python that installs nothing, what resolves, fetches, builds and installs
 * packages (pip, uv and what they run), those where they may run a package's own code, in a cage, git, and the model server of a local process.
 */
export type Recipient = 'companion' | 'gateway' | 'script' | 'python' | 'packages' | 'build' | 'git' | 'replica';

interface Row {
  /** Names, or patterns of whole names; their case does not count, as on Windows, where it never does. */
  readonly names: readonly (string | RegExp)[];
  readonly recipients: readonly Recipient[];
}

/** Those that run as the user does; the others have a home and temporary files of their own. */
const uncaged: readonly Recipient[] = ['companion', 'gateway', 'script', 'python', 'packages', 'git'];
const everyone: readonly Recipient[] = [...uncaged, 'build', 'replica'];
/** There, a replica has no home of its own. */
const onWindows: readonly Recipient[] = process.platform === 'win32' ? everyone : uncaged;

/**
 * Which environment variables each program gets. Everything else of the one that started the companion stays there: logins and tokens of a shell (`MLFLOW_TRACKING_TOKEN`,
 * `AWS_SECRET_ACCESS_KEY`, `GITHUB_TOKEN`) belong to none of them, and the companion outlives that shell. A replica gets no more than what programs
 * need to run at all: the rest is not part of a release and would make it behave differently elsewhere.
 */
const table: readonly Row[] = [
  {
    // Where programs and libraries lie; language and time zone.
    names: ['PATH', 'USER', 'LOGNAME', 'LANG', 'LANGUAGE', /LC_\w+/, 'TZ', 'LD_LIBRARY_PATH', /DYLD_\w+/],
    recipients: everyone,
  },
  { names: ['HOME', 'SHELL', 'TMPDIR', 'TZDIR', 'LOCPATH', 'LOCALE_ARCHIVE', '__CF_USER_TEXT_ENCODING'], recipients: uncaged },
  // The same on Windows.
  { names: ['SYSTEMROOT', 'WINDIR', 'COMSPEC', 'PATHEXT', 'APPDATA', 'LOCALAPPDATA', 'USERPROFILE', 'USERNAME', 'TEMP', 'TMP'], recipients: onWindows },
  {
    names: ['SYSTEMDRIVE', 'PROGRAMDATA', /(PROGRAMFILES|COMMONPROGRAMFILES)(\(X86\))?/, 'PROGRAMW6432', 'USERDOMAIN', 'HOMEDRIVE', 'HOMEPATH', 'OS', 'NUMBER_OF_PROCESSORS', /PROCESSOR_\w+/],
    recipients: uncaged,
  },
  // Where pip, uv and git have their settings and caches.
  { names: ['XDG_CONFIG_HOME', 'XDG_CONFIG_DIRS', 'XDG_CACHE_HOME', 'XDG_DATA_HOME'], recipients: ['companion', 'python', 'packages', 'git'] },
  // What makes an editor's binary Node, and where Node keeps what it compiled.
  { names: ['ELECTRON_RUN_AS_NODE', 'NODE_COMPILE_CACHE'], recipients: ['companion', 'gateway', 'script'] },
  // Whom Node trusts and through what it connects, to a shared tracking server (https://nodejs.org/api/cli.html#environment-variables).
  { names: ['NODE_EXTRA_CA_CERTS', 'NODE_USE_SYSTEM_CA', 'NODE_USE_ENV_PROXY', 'NODE_TLS_REJECT_UNAUTHORIZED'], recipients: ['companion'] },
  {
    names: ['SLIPWAY_HOME', 'SLIPWAY_PORT', 'SLIPWAY_IDLE_SECONDS', 'SLIPWAY_TIMING', 'SLIPWAY_PASS_ON', ...declaredSettings.flatMap(({ variable }) => variable ?? [])],
    recipients: ['companion'],
  },
  // Where the container engine and logins of registries are, as the docker command reads it, and where rootless ones have their sockets.
  { names: ['DOCKER_HOST', 'DOCKER_CONFIG', 'DOCKER_TLS_VERIFY', 'DOCKER_CERT_PATH', 'XDG_RUNTIME_DIR'], recipients: ['companion'] },
  // Versions that shims on PATH choose between.
  { names: ['PYENV_ROOT', 'PYENV_VERSION', 'ASDF_DIR', 'ASDF_DATA_DIR', 'ASDF_PYTHON_VERSION', 'MISE_DATA_DIR', 'MISE_CONFIG_DIR', 'MISE_PYTHON_VERSION'], recipients: ['companion', 'python', 'packages'] },
  // The way to an index and whom to trust there.
  { names: ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY', 'SSL_CERT_FILE', 'SSL_CERT_DIR', 'REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE', 'NIX_SSL_CERT_FILE'], recipients: ['companion', 'packages', 'build'] },
  // Settings of pip and uv, logins in the URL of an index among them; not those by which uv publishes.
  { names: [/PIP_\w+/, /UV_(?!PUBLISH_)\w+/], recipients: ['companion', 'packages', 'build'] },
  // Other logins of an index.
  { names: ['SSL_CLIENT_CERT', 'NETRC', /PYTHON_KEYRING_\w+/, 'DBUS_SESSION_BUS_ADDRESS'], recipients: ['companion', 'packages'] },
  // Those of Rust lie in the user's home, where a cage hides them.
  { names: ['CARGO_HOME', 'RUSTUP_HOME'], recipients: ['companion', 'packages'] },
  {
    // What a package that is built takes of compilers.
    names: ['CC', 'CXX', 'FC', 'F77', 'AR', 'LD', 'CFLAGS', 'CXXFLAGS', 'CPPFLAGS', 'FFLAGS', 'LDFLAGS', 'CPATH', 'C_INCLUDE_PATH', 'CPLUS_INCLUDE_PATH', 'LIBRARY_PATH', 'PKG_CONFIG_PATH', 'MAKEFLAGS', /CMAKE_\w+/, 'SDKROOT', 'MACOSX_DEPLOYMENT_TARGET', 'ARCHFLAGS', 'CUDA_HOME', 'CUDA_PATH', 'INCLUDE', 'LIB', 'LIBPATH'],
    recipients: ['companion', 'packages', 'build'],
  },
  // Which repositories git trusts; nothing by which it logs in, or that names another repository than the one it is asked about.
  { names: ['GIT_CONFIG_GLOBAL', 'GIT_CONFIG_SYSTEM', 'GIT_CONFIG_NOSYSTEM', 'GIT_CEILING_DIRECTORIES', 'GIT_DISCOVERY_ACROSS_FILESYSTEM'], recipients: ['companion', 'git'] },
];

function matches(name: string, wanted: string | RegExp): boolean {
  return typeof wanted === 'string' ? wanted === name.toUpperCase() : new RegExp(`^(?:${wanted.source})$`, 'i').test(name);
}

function isInTable(name: string, recipient?: Recipient): boolean {
  return table.some(({ names, recipients }) => (recipient === undefined || recipients.includes(recipient)) && names.some((wanted) => matches(name, wanted)));
}

/** Names that `SLIPWAY_PASS_ON` lists, separated by commas. */
function passedOn(environment: NodeJS.ProcessEnv): ReadonlySet<string> {
  return new Set((environment['SLIPWAY_PASS_ON'] ?? '').split(',').map((name) => name.trim()).filter((name) => name !== ''));
}

/**
 * What a program gets of an environment: the names of the table, and for the packages' tools those that `SLIPWAY_PASS_ON` lists, which the companion
 * holds for them.
 */
export function environmentFor(recipient: Recipient, environment: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const also = recipient === 'packages' || recipient === 'companion' ? passedOn(environment) : new Set();
  return Object.fromEntries(Object.entries(environment).filter(([name]) => isInTable(name, recipient) || also.has(name)));
}

/**
 * Leaves in the environment of this process what it is to have, so that neither it nor what it starts holds more, whoever started it.
 * @param own what the user wrote for the companion: names that the table does not have are for the packages' tools
 */
export function keepEnvironmentOf(recipient: Recipient, own: Readonly<Record<string, string>> = {}, environment: NodeJS.ProcessEnv = process.env): void {
  const kept = environmentFor(recipient, environment);
  const others = Object.keys(own).filter((name) => !isInTable(name));
  for (const name of Object.keys(environment).filter((each) => !(each in kept))) {
    delete environment[name];
  }
  Object.assign(environment, own);
  if (others.length > 0) {
    environment['SLIPWAY_PASS_ON'] = [...passedOn(environment), ...others].join(',');
  }
}
