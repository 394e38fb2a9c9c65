import type { VNode } from 'preact';
import { useActions, useTask } from '../actions.ts';
import { Menu } from '../Menu.tsx';
import { base64Of, pngOf } from './raster.ts';
import type { SvgDocument } from './svgText.ts';

interface ExportMenuProps {
  readonly title: string;
  /** Undefined while nothing is drawn. */
  readonly svg: () => SvgDocument | undefined;
}

/** Copies a chart, or saves it as a file, in the colours of the theme. */
export function ExportMenu({ title, svg }: ExportMenuProps): VNode {
  const actions = useActions();
  const task = useTask();
  const name = title.replace(/[^\p{L}\p{N}._-]+/gu, '-').replace(/^[-.]+|-+$/g, '') || 'chart';
  const withDocument = (work: (document: SvgDocument) => Promise<unknown>): void => {
    task.run(async () => {
      const document = svg();
      if (document !== undefined) {
        await work(document);
      }
    });
  };
  return (
    <>
      {task.failure.value !== undefined && (
        <span class="chart-failure" role="alert">
          {task.failure.value.message}
        </span>
      )}
      <Menu
        label={`Export ${title}`}
        icon="export"
        items={[
          { label: 'Copy as PNG', icon: 'copy', run: () => { withDocument(copyPng); } },
          { label: 'Copy as SVG', icon: 'code', run: () => { withDocument((document) => { actions.copy(document.text); return Promise.resolve(); }); } },
          { label: 'Save as PNG…', icon: 'file-media', run: () => { withDocument(async (document) => actions.save({ name: `${name}.png`, encoding: 'base64', content: await base64Of(await pngOf(document)) })); } },
          { label: 'Save as SVG…', icon: 'save', run: () => { withDocument((document) => actions.save({ name: `${name}.svg`, encoding: 'text', content: document.text })); } },
        ]}
      />
    </>
  );
}

/** The clipboard of the extension host takes text only, so the picture goes through the browser's. */
async function copyPng(document: SvgDocument): Promise<void> {
  try {
    await navigator.clipboard.write([new ClipboardItem({ 'image/png': pngOf(document) })]);
  } catch (error) {
    throw new Error('The picture could not be copied; save it instead.', { cause: error });
  }
}
