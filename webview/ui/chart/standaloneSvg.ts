import { pageLook } from './pageLook.ts';
import { asMarkup, svgDocument, type SvgDocument } from './svgText.ts';

const kept = ['fill', 'fill-opacity', 'stroke', 'stroke-opacity', 'stroke-width', 'stroke-dasharray', 'opacity', 'font-family', 'font-size', 'font-weight', 'text-anchor', 'dominant-baseline', 'paint-order'] as const;
/** What belongs to the panel: focus, keys, areas to drag in. */
const panelOnly = ['class', 'style', 'tabindex', 'role', 'aria-hidden', 'aria-label', 'aria-orientation', 'aria-valuemin', 'aria-valuemax', 'aria-valuenow', 'aria-valuetext', 'data-axis'];

/** A drawing as a document of its own: the looks that style sheets and the theme give it are written into it. */
export function standaloneSvg(drawn: SVGSVGElement, title: string): SvgDocument | undefined {
  const copy = drawn.cloneNode(true);
  if (!(copy instanceof SVGSVGElement)) {
    return undefined;
  }
  const originals = [drawn, ...drawn.querySelectorAll('*')];
  const copies = [copy, ...copy.querySelectorAll('*')];
  copies.forEach((element, index) => {
    const original = originals[index];
    if (original !== undefined) {
      const look = getComputedStyle(original);
      kept.forEach((name) => {
        element.setAttribute(name, look.getPropertyValue(name));
      });
      panelOnly.forEach((name) => {
        element.removeAttribute(name);
      });
    }
  });
  copy.querySelectorAll('[fill="rgba(0, 0, 0, 0)"]:is(rect)').forEach((area) => {
    area.remove();
  });
  const size = { width: drawn.clientWidth, height: drawn.clientHeight };
  return svgDocument(title, pageLook(), size, asMarkup(new XMLSerializer().serializeToString(copy)));
}
