import { replicaKeyHeader } from '../../platform/http/replicaKey.ts';

/** The unprivileged user that a model server runs as in a container: a number, so that platforms can tell that it is not root. */
const user = '10001:10001';

/** Label of the stage that installs packages: the classic builder leaves it behind as an image without a name. */
export const stageLabel = 'slipway.stage';

/** Port that the model server listens on inside a container. */
export const containerPort = 8080;

const install =
  'python3 -m venv /opt/pip && python3 -m venv --without-pip /opt/venv && ' +
  '/opt/pip/bin/python -m pip --python /opt/venv/bin/python install --no-index --find-links /context/wheels --require-hashes --no-deps ' +
  '--no-cache-dir --disable-pip-version-check -r /context/requirements.lock';

/**
 * Dockerfile of an environment image: a virtual environment at /opt/venv with what is locked and nothing else. Its context holds
 * `requirements.lock` and `wheels/`; neither they nor pip are in the image.
 * @param base name of the base image; needs python3 with venv
 * @param mounts mounts the context instead of copying it into the stage that installs
 */
export function environmentDockerfile(base: string, mounts: boolean): string {
  return `FROM ${base} AS builder
USER 0:0
${mounts ? `RUN --mount=type=bind,target=/context ${install}` : `LABEL ${stageLabel}=builder\nCOPY . /context\nRUN ${install}`}

FROM ${base}
COPY --from=builder /opt/venv /opt/venv
ENV PATH=/opt/venv/bin:/usr/local/bin:/usr/bin:/bin PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
`;
}

/** Where the model server of a container finds its key. An image that is run without it answers whoever asks. */
export const keyVariable = 'SLIPWAY_REPLICA_KEY';

/** Asks the model server whether it is ready, with nothing but Python. */
const healthCheck = `import http.client as h, os; c = h.HTTPConnection("127.0.0.1", ${containerPort}, timeout=4); c.request("GET", "/readyz", headers={"${replicaKeyHeader}": os.environ.get("${keyVariable}", "")}); raise SystemExit(c.getresponse().status != 200)`;

const serverCommand = ['/opt/venv/bin/python', '-m', 'slipway_server', '--release', '/opt/slipway/release', '--host', '0.0.0.0', '--port', String(containerPort)];

/**
 * The entry point of a container that opens no connection, by a filter of system calls: a container without a network of its engine's cannot be
 * reached, and one with a network can send. The base image's Python sets the filter, not the environment's, the packages of which run in it.
 */
export const closedEntrypoint: readonly string[] = [
  '/bin/sh',
  '-c',
  'python=$(PATH=/usr/local/bin:/usr/bin:/bin command -v python3) || python=/opt/venv/bin/python; exec "$python" -I -S -B /opt/slipway/slipway_cage --mechanism seccomp -- "$@"',
  'slipway',
  ...serverCommand,
];

/**
 * Dockerfile of a release image: the model server, then the release, so that a retrain rebuilds one small layer. Its context holds
 * `slipway_server/`, `slipway_cage/`, and `content/` with `release/` and `sbom.cdx.json`. All of it belongs to root and is served by an unprivileged user.
 * @param environment name of the environment image
 */
export function releaseDockerfile(environment: string): string {
  return `FROM ${environment}
USER 0:0
WORKDIR /opt/slipway
COPY slipway_server slipway_server
COPY slipway_cage slipway_cage
RUN ["/opt/venv/bin/python", "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", "/opt/slipway/slipway_server"]
COPY content .
ENV HOME=/tmp PYTHONPATH=/opt/slipway
EXPOSE ${containerPort}
USER ${user}
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=120s --retries=3 CMD ${JSON.stringify(['/opt/venv/bin/python', '-S', '-c', healthCheck])}
ENTRYPOINT ${JSON.stringify(serverCommand)}
CMD []
`;
}
