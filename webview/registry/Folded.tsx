import type { ComponentChildren, VNode } from 'preact';

/** What few people need: behind its title until it is asked for. */
export function Folded({ title, children }: { readonly title: string; readonly children: ComponentChildren }): VNode {
  return (
    <details class="folded">
      <summary>{title}</summary>
      {children}
    </details>
  );
}
