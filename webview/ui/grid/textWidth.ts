/** @returns CSS pixels that a text takes, a little more where its letters are drawn closer together */
export type TextWidth = (text: string) => number;

/**
 * How wide texts are, told by the widths of their letters: to ask the browser for each text takes longer than to draw it.
 * @param font as CSS has it
 */
export function createTextWidth(font: string): TextWidth {
  const pen = document.createElement('canvas').getContext('2d');
  if (pen === null) {
    return () => Number.POSITIVE_INFINITY;
  }
  pen.font = font;
  const digit = pen.measureText('0').width;
  const widths = new Map<string, number>([...'0123456789'].map((letter) => [letter, digit]));
  return (text) => {
    let width = 0;
    for (const letter of text) {
      const known = widths.get(letter) ?? pen.measureText(letter).width;
      widths.set(letter, known);
      width += known;
    }
    return width;
  };
}
