/** A cell of a table that is copied. */
export interface CopiedCell {
  readonly text: string;
  readonly best?: boolean;
}

export interface CopiedHead {
  readonly text: string;
  /** Aligned right. */
  readonly numeric: boolean;
}

/** A Markdown table; the best values are bold. No value becomes HTML, a link or an image. */
export function markdownOf(head: readonly CopiedHead[], rows: readonly (readonly CopiedCell[])[]): string {
  const escape = (text: string): string => text.replace(/[\\|<>[\]`*]/g, '\\$&').replace(/\s*[\r\n]\s*/g, ' ');
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    line(head.map(({ text }) => escape(text))),
    line(head.map(({ numeric }) => (numeric ? '---:' : '---'))),
    ...rows.map((row) => line(row.map(({ text, best }) => (best === true ? `**${escape(text)}**` : escape(text))))),
    '',
  ].join('\n');
}

/** What a spreadsheet would take for a formula (https://owasp.org/www-community/attacks/CSV_Injection). */
function isFormula(text: string): boolean {
  return /^[=+\-@\t\r]/.test(text) && !/^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$|^-?Infinity$/i.test(text);
}

/** RFC 4180. A text that a spreadsheet would take for a formula begins with an apostrophe. */
export function csvOf(lines: readonly (readonly string[])[]): string {
  const quote = (given: string): string => {
    const text = isFormula(given) ? `'${given}` : given;
    return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
  };
  return [...lines.map((cells) => cells.map(quote).join(',')), ''].join('\r\n');
}

const latexMarks: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '{': '\\{',
  '}': '\\}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  '<': '\\textless{}',
  '>': '\\textgreater{}',
  '|': '\\textbar{}',
  '"': '\\textquotedbl{}',
  '±': '$\\pm$',
  '−': '$-$',
  '∞': '$\\infty$',
};

/** Text that LaTeX sets as it is: nothing in it is a command. */
function latexText(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[\\{}~^<>|"±−∞]|[#$%&_]/g, (mark) => latexMarks[mark] ?? `\\${mark}`);
}

/** A LaTeX `tabular` for the package booktabs; the best values are bold. */
export function latexOf(head: readonly CopiedHead[], rows: readonly (readonly CopiedCell[])[]): string {
  const line = (cells: readonly string[]): string => `  ${cells.join(' & ')} \\\\`;
  return [
    '% \\usepackage{booktabs}',
    `\\begin{tabular}{${head.map(({ numeric }) => (numeric ? 'r' : 'l')).join('')}}`,
    '  \\toprule',
    line(head.map(({ text }) => latexText(text))),
    '  \\midrule',
    ...rows.map((row) => line(row.map(({ text, best }) => (best === true ? `\\textbf{${latexText(text)}}` : latexText(text))))),
    '  \\bottomrule',
    '\\end{tabular}',
    '',
  ].join('\n');
}
