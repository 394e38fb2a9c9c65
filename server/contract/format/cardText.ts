import type { ModelCard } from '../modelCard.ts';
import { cardSections, type CardBlock } from './cardSections.ts';
import { escapeHtml, htmlPage } from './html.ts';
import { formatTime } from './times.ts';

/** Libraries by MLflow's flavor, as the Hugging Face Hub names them (huggingface_hub, `library_name` of a model card). */
const libraries: Readonly<Record<string, string>> = { sklearn: 'sklearn', keras: 'keras', pytorch: 'pytorch', tensorflow: 'tf-keras', transformers: 'transformers', onnx: 'onnx', catboost: 'catboost', fastai: 'fastai', spacy: 'spacy' };

/** Text as text: nothing in it is Markdown, HTML, or the end of a cell. */
function plain(text: string): string {
  return text.replace(/[\\`*_{}[\]<>#|~&]/g, '\\$&').replace(/\s+/g, ' ').trim();
}

/** Front matter of the Hugging Face Hub; JSON texts are YAML. What nobody has said is left out: the Hub has no word for it. */
function frontMatter({ version, statements }: ModelCard): string[] {
  const library = version.flavors.map((flavor) => libraries[flavor]).find((found) => found !== undefined);
  return [
    '---',
    `model_name: ${JSON.stringify(`${version.name} ${version.version}`)}`,
    ...(statements.license === undefined ? [] : [`license: ${JSON.stringify(statements.license)}`]),
    ...(library === undefined ? [] : [`library_name: ${library}`]),
    `tags: ${JSON.stringify(['mlflow', 'slipway', ...version.flavors.filter((flavor) => flavor !== 'python_function')])}`,
    '---',
  ];
}

function blockInMarkdown(block: CardBlock): string[] {
  if (block.kind === 'table') {
    const row = (cells: readonly string[]): string => `| ${cells.map(plain).join(' | ')} |`;
    return [row(block.head), `|${block.head.map(() => '---').join('|')}|`, ...block.rows.map(row), ''];
  }
  return block.kind === 'text' ? [...block.text.split(/\n{2,}/).map(plain).flatMap((paragraph) => [paragraph, ''])] : [`*${plain(block.text)}*`, ''];
}

/** A card as Markdown with front matter, as the Hugging Face Hub and git hosts show it. */
export function cardMarkdown(card: ModelCard): string {
  return [
    ...frontMatter(card),
    '',
    `# ${plain(`${card.version.name} ${card.version.version}`)}`,
    '',
    ...cardSections(card).flatMap(({ title, blocks }) => [`## ${title}`, '', ...blocks.flatMap(blockInMarkdown)]),
    `Made ${formatTime(card.madeAt)} by Slipway from what it has recorded and people have said.`,
    '',
  ].join('\n');
}

const style = `body{font:15px/1.5 system-ui,sans-serif;max-width:860px;margin:32px auto;padding:0 16px;color:#1f2328;background:#fff;overflow-wrap:anywhere}
h1{font-size:1.5em;margin:0 0 4px}h2{font-size:1.1em;margin:28px 0 8px}p{margin:4px 0}.missing{color:#59636e;font-style:italic}
table{border-collapse:collapse;width:100%;margin:0 0 12px}th,td{text-align:left;vertical-align:top;padding:5px 12px 5px 0;border-bottom:1px solid #d1d9e0}
@media(prefers-color-scheme:dark){body{color:#e6edf3;background:#0d1117}.missing{color:#9198a1}th,td{border-color:#3d444d}}`;

function blockInHtml(block: CardBlock): string {
  if (block.kind === 'table') {
    const row = (cells: readonly string[], tag: string): string => `<tr>${cells.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join('')}</tr>`;
    return `<table><thead>${row(block.head, 'th')}</thead><tbody>${block.rows.map((cells) => row(cells, 'td')).join('')}</tbody></table>`;
  }
  return block.text.split(/\n{2,}/).map((paragraph) => `<p${block.kind === 'missing' ? ' class="missing"' : ''}>${escapeHtml(paragraph)}</p>`).join('');
}

/** A card as one HTML file that needs nothing else: no scripts, nothing loaded. A browser prints it as PDF. */
export function cardPage(card: ModelCard): string {
  return htmlPage({
    heading: `${card.version.name} ${card.version.version}`,
    style,
    body: `${cardSections(card).map(({ title, blocks }) => `<h2>${escapeHtml(title)}</h2>\n${blocks.map(blockInHtml).join('\n')}`).join('\n')}
<p class="missing">${escapeHtml(`Made ${formatTime(card.madeAt)} by Slipway from what it has recorded and people have said.`)}</p>`,
  });
}
