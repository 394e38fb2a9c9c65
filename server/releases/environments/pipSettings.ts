const sections = ['global', 'install', ':env:'];

/** Settings of pip that bear on what it installs, by name; a section that stands later in {@link sections} goes before. */
function readPipSettings(lines: readonly string[]): Map<string, { value: string; rank: number }> {
  const values = new Map<string, { value: string; rank: number }>();
  for (const line of lines) {
    const match = /^(global|install|:env:)\.([\w-]+)=(['"])(.*)\3$/.exec(line);
    if (match?.[1] === undefined || match[2] === undefined || match[4] === undefined) {
      continue;
    }
    const rank = sections.indexOf(match[1]);
    if ((values.get(match[2])?.rank ?? -1) <= rank) {
      values.set(match[2], { value: match[4].replace(/\\n/g, ' ').replace(/\\(.)/g, '$1').trim(), rank });
    }
  }
  return values;
}

/** Settings of pip that {@link uvVariables} passes on. */
const passedOn = ['index-url', 'extra-index-url', 'find-links', 'trusted-host', 'cert', 'proxy'];

/** Settings of pip that change nothing of what is installed. */
const immaterial = [
  ...['timeout', 'default-timeout', 'retries', 'cache-dir', 'no-cache-dir', 'progress-bar', 'no-color', 'no-input', 'quiet', 'verbose', 'log'],
  ...['disable-pip-version-check', 'no-python-version-warning', 'root-user-action', 'no-warn-script-location', 'break-system-packages'],
  ...['require-virtualenv', 'user', 'compile', 'no-compile', 'config-file', 'exists-action'],
];

/**
 * Whether uv can do what pip would do with its settings; a keyring or a certificate of a client is for pip alone.
 * @param lines what `pip config list` prints
 */
export function uvKnows(lines: readonly string[]): boolean {
  return [...readPipSettings(lines).keys()].every((name) => passedOn.includes(name) || immaterial.includes(name));
}

/**
 * pip's settings as uv's environment variables.
 * @param lines what `pip config list` prints: `global.index-url='https://...'`, with `:env:` for environment variables
 */
export function uvVariables(lines: readonly string[]): NodeJS.ProcessEnv {
  const values = readPipSettings(lines);
  const several = (key: string): string[] => values.get(key)?.value.split(/\s+/).filter((item) => item !== '') ?? [];
  const variables: [string, string | undefined][] = [
    ['UV_DEFAULT_INDEX', values.get('index-url')?.value],
    ['UV_INDEX', several('extra-index-url').join(' ')],
    ['UV_FIND_LINKS', several('find-links').join(',')],
    ['UV_INSECURE_HOST', several('trusted-host').join(' ')],
    ['SSL_CERT_FILE', values.get('cert')?.value],
    ['HTTPS_PROXY', values.get('proxy')?.value],
    ['HTTP_PROXY', values.get('proxy')?.value],
    // pip takes the best version of all indexes; uv stops at the first index that has the package.
    ['UV_INDEX_STRATEGY', 'unsafe-best-match'],
  ];
  return Object.fromEntries(variables.filter(([, value]) => value !== undefined && value !== ''));
}
