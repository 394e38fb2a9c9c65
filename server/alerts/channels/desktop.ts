import { runCommand } from '../../platform/command.ts';
import { environmentFor } from '../../platform/environment.ts';
import { Problem } from '../../platform/errors.ts';
import type { AlertMessage, Channel } from './channel.ts';
import { alertLines, headline } from './words.ts';

interface Notifier {
  readonly program: string;
  readonly args: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** Names and texts of others are arguments or variables, never a part of a script. */
const toast = `
[Windows.UI.Notifications.ToastNotificationManager, Windows.UI.Notifications, ContentType = WindowsRuntime] | Out-Null
$content = [Windows.UI.Notifications.ToastNotificationManager]::GetTemplateContent([Windows.UI.Notifications.ToastTemplateType]::ToastText02)
$texts = $content.GetElementsByTagName('text')
$texts.Item(0).AppendChild($content.CreateTextNode($env:SLIPWAY_TITLE)) | Out-Null
$texts.Item(1).AppendChild($content.CreateTextNode($env:SLIPWAY_TEXT)) | Out-Null
[Windows.UI.Notifications.ToastNotificationManager]::CreateToastNotifier('Slipway').Show([Windows.UI.Notifications.ToastNotification]::new($content))
`;

/** The system's own way of telling: notify-send of libnotify, AppleScript, a toast. */
export function notifierOf(platform: NodeJS.Platform, message: AlertMessage): Notifier {
  const title = headline(message);
  const text = alertLines(message).join('\n');
  switch (platform) {
    case 'darwin':
      return { program: 'osascript', args: ['-e', 'on run texts', '-e', 'display notification (item 2 of texts) with title "Slipway" subtitle (item 1 of texts)', '-e', 'end run', title, text] };
    case 'win32':
      return { program: 'powershell.exe', args: ['-NoProfile', '-NonInteractive', '-Command', toast], environment: { SLIPWAY_TITLE: title, SLIPWAY_TEXT: text } };
    default:
      return { program: 'notify-send', args: ['--app-name=Slipway', `--urgency=${message.severity === 'critical' && message.event === 'firing' ? 'critical' : 'normal'}`, '--', title, text] };
  }
}

/** A notification of the operating system on the machine of the companion, also while no window is open. */
export const desktop: Channel = {
  kind: 'desktop',
  label: "The operating system's own notification",
  fields: [],
  async send(message, _values, signal) {
    const { program, args, environment } = notifierOf(process.platform, message);
    const { status, lines } = await runCommand(program, args, { signal, environment: { ...environmentFor('companion'), ...environment } }).catch((error: unknown) => {
      throw Problem.is(error, 'not-found') ? new Problem('not-found', error.message, { remedy: `Install ${program}, or add another kind of channel.`, cause: error }) : error;
    });
    if (status !== 0) {
      throw new Problem('unavailable', `${program} ended with ${status}${lines.length === 0 ? '' : `: ${lines.slice(-3).join(' ')}`}`, { remedy: 'Is a desktop session open on this machine?' });
    }
  },
};
