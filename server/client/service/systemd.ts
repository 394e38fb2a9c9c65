import path from 'node:path';
import type { ServicePlan, ServiceSpec } from './servicePlan.ts';

/** A word in a unit, where percent signs, backslashes and quotes act (https://www.freedesktop.org/software/systemd/man/latest/systemd.syntax.html). */
function quoted(text: string): string {
  return `"${text.replace(/[\\"]/g, String.raw`\$&`).replaceAll('%', '%%')}"`;
}

/** A command line. In what follows the program dollar signs act too; a program whose path has quotes or backslashes is refused by systemd. */
function commandLine([program, ...args]: readonly [string, ...string[]]): string {
  return [quoted(program), ...args.map((word) => quoted(word).replaceAll('$', '$$$$'))].join(' ');
}

/**
 * A user's units of systemd: a socket that holds the companion's port (docs/service.md), and the service behind it, which is started with the user's
 * manager, so that endpoints come back, and by whoever connects. The manager starts when the user logs in, or with the machine where the user lingers
 * (`man loginctl`).
 * @param configHome `XDG_CONFIG_HOME`, else `~/.config`
 * @param uid of the user
 */
export function systemdPlan({ name, command, environment, port }: ServiceSpec, configHome: string, uid: number): ServicePlan {
  const folder = path.join(configHome, 'systemd', 'user');
  const [socket, service] = [`${name}.socket`, `${name}.service`];
  return {
    manager: 'systemd',
    listens: true,
    files: [
      {
        path: path.join(folder, socket),
        content: ['[Unit]', 'Description=Port of the Slipway companion', '', '[Socket]', `ListenStream=127.0.0.1:${port}`, '', '[Install]', 'WantedBy=sockets.target', ''].join('\n'),
      },
      {
        path: path.join(folder, service),
        content: [
          '[Unit]',
          'Description=Slipway companion',
          // It is started with the socket whoever starts it.
          `Requires=${socket}`,
          `After=${socket}`,
          '',
          '[Service]',
          `ExecStart=${commandLine(command)}`,
          ...Object.entries(environment).map(([variable, value]) => `Environment=${quoted(`${variable}=${value}`)}`),
          '# Gateway and replicas outlive the companion.',
          'KillMode=process',
          'Restart=on-failure',
          'UMask=0077',
          '',
          '[Install]',
          'WantedBy=default.target',
          '',
        ].join('\n'),
      },
    ],
    install: [
      ['systemctl', '--user', 'daemon-reload'],
      ['systemctl', '--user', 'enable', '--now', socket, service],
    ],
    improve: [['loginctl', 'enable-linger', String(uid)]],
    uninstall: { before: [['systemctl', '--user', 'disable', '--now', service, socket]], after: [['systemctl', '--user', 'daemon-reload']] },
    state: {
      ask: [
        ['systemctl', '--user', 'is-enabled', service],
        ['loginctl', 'show-user', String(uid), '--property=Linger', '--value'],
      ],
      read: ([enabled, linger]) => (enabled?.status !== 0 ? 'use' : linger?.text.trim() === 'yes' ? 'boot' : 'login'),
    },
    beforeLogin: '"loginctl enable-linger" lets them come back before that; an administrator may have to permit it.',
  };
}
