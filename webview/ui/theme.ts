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

const hues = ['blue', 'orange', 'green', 'purple', 'red', 'yellow'] as const;
const dashes: readonly (readonly number[])[] = [[], [6, 3], [2, 3], [10, 3, 2, 3]];

/** The look of the nth line of a chart: six hues of the theme, then the same again with other dashes. */
export function lineLook(index: number): { readonly colour: string; readonly dash: readonly number[] } {
  const hue = hues[index % hues.length] ?? 'blue';
  return { colour: `var(--vscode-charts-${hue})`, dash: dashes[Math.floor(index / hues.length) % dashes.length] ?? [] };
}
