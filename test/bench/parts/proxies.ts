import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../../setup/step.mjs';
import { routeFile } from '../../../server/gateway/routeFile.ts';
import { prepareHome } from '../../../server/platform/home.ts';
import type { ServerCommand } from './processes.ts';
import { pinned } from './pinned.ts';

/** A proxy in front of one server, and the address of that server through it. */
export interface Proxy {
  readonly server: ServerCommand;
  readonly url: string;
}

export interface ProxyPlace {
  /** New, for its files. */
  readonly folder: string;
  readonly port: number;
  /** Port of the server behind. */
  readonly behind: number;
  /** Whether the bodies of requests are written down too. */
  readonly bodies: boolean;
}

const commonNginx = (folder: string): string => `daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
error_log stderr warn;
${process.getuid?.() === 0 ? 'user root;' : ''}
events { worker_connections 2048; }
`;

const temporaryFolders = (folder: string): string =>
  ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `  ${kind}_temp_path ${folder}/${kind};`).join('\n');

function nginxCommand(program: string, processor: 0 | 1, folder: string, port: number, content: string): ServerCommand {
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, 'nginx.conf');
  writeFileSync(file, content);
  return { ...pinned(processor, { command: program, args: ['-p', folder, '-c', file] }), environment: process.env, health: `http://127.0.0.1:${port}/ping` };
}

/** A server that answers every request at once, as a model would that takes no time. */
export function quickAnswers(program: string, folder: string, port: number): ServerCommand {
  const content = `${commonNginx(folder)}http {
${temporaryFolders(folder)}
  access_log off;
  keepalive_requests 1000000000;
  server {
    listen 127.0.0.1:${port} backlog=1024;
    location / { default_type application/json; return 200 '{"predictions": [0.5]}'; }
  }
}
`;
  return nginxCommand(program, 1, folder, port, content);
}

/** nginx as a proxy: connections kept, a line of its log for each request. Its log of bodies has those of the requests alone. */
export function nginxProxy(program: string, { folder, port, behind, bodies }: ProxyPlace): Proxy {
  const content = `${commonNginx(folder)}http {
${temporaryFolders(folder)}
  log_format lines escape=json '$time_iso8601 $request $status $request_time ${bodies ? '$request_body' : ''}';
  access_log ${folder}/access.log lines;
  keepalive_requests 1000000000;
  upstream behind { server 127.0.0.1:${behind}; keepalive 128; keepalive_requests 1000000000; }
  server {
    listen 127.0.0.1:${port} backlog=1024;
    location / { proxy_pass http://behind; proxy_http_version 1.1; proxy_set_header Connection ""; }
  }
}
`;
  return { server: nginxCommand(program, 0, folder, port, content), url: `http://127.0.0.1:${port}/invocations` };
}

/** HAProxy with one thread, connections kept, and no log, which it can only send elsewhere. */
export function haproxyProxy(program: string, { folder, port, behind }: ProxyPlace): Proxy {
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, 'haproxy.cfg');
  const content = `global
  nbthread 1
  maxconn 4096
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  http-reuse always
listen proxy
  bind 127.0.0.1:${port}
  server behind 127.0.0.1:${behind}
`;
  writeFileSync(file, content);
  return { server: { ...pinned(0, { command: program, args: ['-db', '-f', file] }), environment: process.env, health: `http://127.0.0.1:${port}/ping` }, url: `http://127.0.0.1:${port}/invocations` };
}

/** The gateway as it is packaged, with a record of its inference log for each request. */
export function gatewayProxy({ folder, port, behind, bodies }: ProxyPlace): Proxy {
  const home = prepareHome(folder);
  const route = {
    format: 1,
    generation: 1,
    log: { bodySampleRate: bodies ? 1 : 0 },
    endpoints: { bench: { releases: [{ release: 'a'.repeat(64), version: 1, weight: 100, replicas: [{ id: 'behind', address: `127.0.0.1:${behind}` }] }] } },
  };
  writeFileSync(path.join(home.gateway, 'routes.json'), JSON.stringify(routeFile.parse(route)));
  return {
    server: {
      ...pinned(0, { command: process.execPath, args: [path.join(root, 'dist/gateway.mjs')] }),
      environment: { ...process.env, SLIPWAY_HOME: folder, SLIPWAY_GATEWAY_PORT: String(port), SLIPWAY_GATEWAY_VERSION: '0.0.0' },
      health: `http://127.0.0.1:${port}/endpoints/bench/ping`,
    },
    url: `http://127.0.0.1:${port}/endpoints/bench/invocations`,
  };
}

/** First line of what a program says of its version. */
export function versionOf(program: string, flag: string): string {
  const { stdout, stderr } = spawnSync(program, [flag], { encoding: 'utf8' });
  return /\d+\.\d+\.\d+/.exec(stdout + stderr)?.[0] ?? '';
}
