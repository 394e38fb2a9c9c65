import path from 'node:path';
import { escapeHtml } from '../../contract/format/html.ts';
import type { ServicePlan, ServiceSpec } from './servicePlan.ts';

/** A text of PowerShell that stands for itself. */
function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/**
 * A task of Windows' Task Scheduler that starts the companion when the user logs in (https://learn.microsoft.com/windows/win32/taskschd/task-scheduler-schema);
 * not tested by us on Windows. A task has no environment of its own, so PowerShell sets it.
 */
export function windowsTaskPlan({ name, home, command, environment }: ServiceSpec): ServicePlan {
  const task = `Slipway\\${name}`;
  const file = path.join(home, 'service.xml');
  const [executable, entry] = command;
  const script = [...Object.entries(environment).map(([variable, value]) => `$env:${variable} = ${literal(value)}`), `& ${literal(executable)} ${literal(entry)}`].join('; ');
  return {
    manager: 'Task Scheduler',
    listens: false,
    files: [
      {
        path: file,
        content: [
          '<?xml version="1.0"?>',
          '<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">',
          '  <Triggers><LogonTrigger><Enabled>true</Enabled></LogonTrigger></Triggers>',
          '  <Principals><Principal id="Author"><LogonType>InteractiveToken</LogonType><RunLevel>LeastPrivilege</RunLevel></Principal></Principals>',
          '  <Settings><MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy><DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries><StopIfGoingOnBatteries>false</StopIfGoingOnBatteries><ExecutionTimeLimit>PT0S</ExecutionTimeLimit></Settings>',
          `  <Actions Context="Author"><Exec><Command>powershell.exe</Command><Arguments>${escapeHtml(`-NoProfile -NonInteractive -WindowStyle Hidden -EncodedCommand ${Buffer.from(script, 'utf16le').toString('base64')}`)}</Arguments></Exec></Actions>`,
          '</Task>',
          '',
        ].join('\n'),
      },
    ],
    install: [
      ['schtasks', '/Create', '/TN', task, '/XML', file, '/F'],
      ['schtasks', '/Run', '/TN', task],
    ],
    improve: [],
    uninstall: { before: [['schtasks', '/Delete', '/TN', task, '/F']], after: [] },
    state: { ask: [['schtasks', '/Query', '/TN', task]], read: ([known]) => (known?.status === 0 ? 'login' : 'use') },
    beforeLogin: undefined,
  };
}
