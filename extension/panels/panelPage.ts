import { existsSync } from 'node:fs';
import { Uri, type Webview } from 'vscode';
import type { PanelSubject } from '../../server/contract/panels.ts';
import { escapeHtml } from '../../server/contract/format/html.ts';
import { createNonce } from '../vscode/nonce.ts';

/** Folders that panels load from. */
export function panelRoots(extensionUri: Uri): Uri[] {
  return [Uri.joinPath(extensionUri, 'dist', 'webview'), Uri.joinPath(extensionUri, 'media')];
}

/** Grey bars until the bundle has been read: a page is never empty. */
const skeleton = `<div class="skeleton" role="status" aria-label="Loading">${[0, 1, 2, 3, 0, 1].map((width) => `<span class="skeleton-bar skeleton-bar-${width}"></span>`).join('')}</div>`;

/** The page of a panel: its bundle and what it shows first, nothing else. Scripts need the nonce; nothing is fetched. */
export function panelPage(webview: Webview, extensionUri: Uri, subject: PanelSubject, title: string): string {
  const kind = subject.panel;
  const folder = Uri.joinPath(extensionUri, 'dist', 'webview');
  const nonce = createNonce();
  // The toolkit's elements make one style sheet of their own, with the nonce that the page names.
  const styleNonce = createNonce();
  const styles = ['codicon.css', `${kind}.css`]
    .map((name) => Uri.joinPath(folder, name))
    .filter((uri) => existsSync(uri.fsPath))
    .map((uri) => `<link rel="stylesheet" href="${escapeHtml(webview.asWebviewUri(uri).toString())}">`);
  const script = webview.asWebviewUri(Uri.joinPath(folder, `${kind}.js`)).toString();
  const policy = [
    "default-src 'none'",
    `img-src ${webview.cspSource} data:`,
    `font-src ${webview.cspSource} data:`,
    `style-src ${webview.cspSource} 'nonce-${styleNonce}'`,
    `script-src 'nonce-${nonce}'`,
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escapeHtml(policy)}">
<meta property="csp-nonce" content="${styleNonce}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
${styles.join('\n')}
</head>
<body data-panel="${kind}" data-subject="${escapeHtml(JSON.stringify(subject))}">
<div id="root">${skeleton}</div>
<script nonce="${nonce}" src="${escapeHtml(script)}"></script>
</body>
</html>`;
}
