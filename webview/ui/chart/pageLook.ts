import { resolveColour } from '../theme.ts';
import type { PageLook } from './svgText.ts';

/** The current theme, as a document outside of VS Code needs it. */
export function pageLook(): PageLook {
  return {
    background: resolveColour('var(--vscode-editor-background)'),
    foreground: resolveColour('var(--vscode-foreground)'),
    muted: resolveColour('var(--slipway-muted)'),
    font: getComputedStyle(document.body).fontFamily,
  };
}
