import path from 'node:path';
import { escapeHtml } from '../../contract/format/html.ts';
import type { ServicePlan, ServiceSpec } from './servicePlan.ts';

/**
 * An agent of launchd, after `man launchd.plist` and `man launchctl`; not tested by us on macOS. It runs from login on and is started again when it
 * failed. launchd hands sockets over by a call of its own that Node does not have, so the companion listens itself.
 * @param uid of the user
 */
export function launchdPlan({ name, command, environment }: ServiceSpec, userHome: string, uid: number): ServicePlan {
  const label = `io.slipway.${name}`;
  const file = path.join(userHome, 'Library', 'LaunchAgents', `${label}.plist`);
  const string = (text: string): string => `<string>${escapeHtml(text)}</string>`;
  const entries = [
    ['Label', string(label)],
    ['ProgramArguments', `<array>${command.map(string).join('')}</array>`],
    ['EnvironmentVariables', `<dict>${Object.entries(environment).map(([variable, value]) => `<key>${escapeHtml(variable)}</key>${string(value)}`).join('')}</dict>`],
    ['RunAtLoad', '<true/>'],
    ['KeepAlive', '<dict><key>SuccessfulExit</key><false/></dict>'],
    // Gateway and replicas outlive the companion.
    ['AbandonProcessGroup', '<true/>'],
    ['Umask', '<integer>63</integer>'],
  ];
  return {
    manager: 'launchd',
    listens: false,
    files: [
      {
        path: file,
        content: [
          '<?xml version="1.0" encoding="UTF-8"?>',
          '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">',
          '<plist version="1.0">',
          '<dict>',
          ...entries.map(([key, value]) => `  <key>${key}</key>${value}`),
          '</dict>',
          '</plist>',
          '',
        ].join('\n'),
      },
    ],
    install: [['launchctl', 'bootstrap', `gui/${uid}`, file]],
    improve: [],
    uninstall: { before: [['launchctl', 'bootout', `gui/${uid}/${label}`]], after: [] },
    state: { ask: [['launchctl', 'print', `gui/${uid}/${label}`]], read: ([loaded]) => (loaded?.status === 0 ? 'login' : 'use') },
    beforeLogin: undefined,
  };
}
