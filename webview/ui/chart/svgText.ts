/** A piece of SVG: markup whose texts are escaped. */
export interface SvgMarkup {
  readonly svg: string;
}

type Attributes = Readonly<Record<string, string | number | undefined>>;

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** Markup that is known to be escaped. */
export function asMarkup(text: string): SvgMarkup {
  return { svg: text };
}

export function element(name: string, attributes: Attributes, ...content: readonly SvgMarkup[]): SvgMarkup {
  const pairs = Object.entries(attributes).flatMap(([key, value]) => (value === undefined ? [] : [` ${key}="${escaped(typeof value === 'number' ? String(Math.round(value * 100) / 100) : value)}"`]));
  return asMarkup(`<${name}${pairs.join('')}>${content.map(({ svg }) => svg).join('')}</${name}>`);
}

export function textElement(text: string, attributes: Attributes): SvgMarkup {
  return element('text', attributes, asMarkup(escaped(text)));
}

/** A drawing as a document of its own. */
export interface SvgDocument {
  readonly text: string;
  /** CSS pixels. */
  readonly width: number;
  readonly height: number;
}

const titleHeight = 30;
const margin = 10;

/** What a document looks like beside its drawing: the theme's colours and font. */
export interface PageLook {
  readonly background: string;
  readonly foreground: string;
  readonly muted: string;
  readonly font: string;
}

/** A document with the theme's background, a title on top, and a drawing of this size below it. */
export function svgDocument(title: string, look: PageLook, size: { readonly width: number; readonly height: number }, content: SvgMarkup): SvgDocument {
  const width = size.width + 2 * margin;
  const height = size.height + titleHeight + margin;
  const drawing = element('svg', { x: margin, y: titleHeight, width: size.width, height: size.height, overflow: 'visible' }, content);
  const document = element(
    'svg',
    { xmlns: 'http://www.w3.org/2000/svg', width, height, viewBox: `0 0 ${width} ${height}`, 'font-family': look.font, 'font-size': 11 },
    element('title', {}, asMarkup(escaped(title))),
    element('rect', { width, height, fill: look.background }),
    textElement(title, { x: margin, y: 20, 'font-size': 13, 'font-weight': 600, fill: look.foreground }),
    drawing,
  );
  return { text: document.svg, width, height };
}
