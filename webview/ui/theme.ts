import { signal, type ReadonlySignal } from '@preact/signals';

const version = signal(0);

/** Counts the theme changes: what draws on a canvas reads it to be drawn again. */
export const themeVersion: ReadonlySignal<number> = version;

/** VS Code changes a webview's theme by new custom properties on the root and a new class on the body. */
export function watchTheme(): void {
  const observer = new MutationObserver(() => {
    version.value += 1;
  });
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['style', 'class'] });
  observer.observe(document.body, { attributes: true, attributeFilter: ['class', 'data-vscode-theme-id'] });
}

/** Any CSS colour, variables and `color-mix` included, as one that a canvas takes. */
export function resolveColour(colour: string): string {
  const probe = document.createElement('span');
  probe.style.color = colour;
  probe.hidden = true;
  document.body.append(probe);
  const resolved = getComputedStyle(probe).color;
  probe.remove();
  return resolved;
}

export function prefersReducedMotion(): boolean {
  return document.body.classList.contains('vscode-reduce-motion') || matchMedia('(prefers-reduced-motion: reduce)').matches;
}

/** The theme's own orange is made for overlays and hardly seen as a line, so one is mixed. */
const hues = [
  'var(--vscode-charts-blue)',
  'var(--slipway-orange)',
  'var(--vscode-charts-green)',
  'var(--vscode-charts-purple)',
  'var(--vscode-charts-red)',
  'var(--vscode-charts-yellow)',
  'var(--slipway-teal)',
] as const;
const dashes: readonly (readonly number[])[] = [[], [6, 3], [2, 3], [10, 3, 2, 3]];

/** The look of the nth line of a chart: seven hues of the theme, then the same again with other dashes. */
export function lineLook(index: number): { readonly colour: string; readonly dash: readonly number[] } {
  return { colour: hues[index % hues.length] ?? hues[0], dash: dashes[Math.floor(index / hues.length) % dashes.length] ?? [] };
}
