const kept = ['fill', 'fill-opacity', 'stroke', 'stroke-opacity', 'stroke-width', 'stroke-dasharray', 'opacity', 'font-family', 'font-size', 'font-weight', 'text-anchor', 'dominant-baseline'] as const;

/** A drawing as a document of its own: the looks that style sheets and the theme give it are written into it. */
export function standaloneSvg(drawn: SVGSVGElement, title: string): string {
  const copy = drawn.cloneNode(true);
  if (!(copy instanceof SVGSVGElement)) {
    return '';
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
      element.removeAttribute('class');
      element.removeAttribute('style');
    }
  });
  const namespace = 'http://www.w3.org/2000/svg';
  copy.setAttribute('xmlns', namespace);
  copy.removeAttribute('aria-hidden');
  const background = document.createElementNS(namespace, 'rect');
  background.setAttribute('width', '100%');
  background.setAttribute('height', '100%');
  background.setAttribute('fill', getComputedStyle(document.body).getPropertyValue('--vscode-editor-background').trim() || 'none');
  const name = document.createElementNS(namespace, 'title');
  name.textContent = title;
  copy.prepend(name, background);
  return new XMLSerializer().serializeToString(copy);
}
