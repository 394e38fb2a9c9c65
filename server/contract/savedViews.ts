import { z } from 'zod';
import { route } from './route.ts';
import { experiment, type Experiment } from './tracking.ts';

const ids = z.array(z.string().max(300)).max(2000);

/** How the runs of an experiment are looked at. What an older version did not keep has the value that a new panel begins with. */
export const savedView = z.object({
  /** In the grammar of MLflow's `filter_string`. */
  filter: z.string().max(4000).default(''),
  /** Ids of columns: in the wanted order, hidden, and pinned beside the run's name. */
  columns: z.object({ order: ids, hidden: ids, pinned: ids }).default({ order: [], hidden: [], pinned: [] }),
  onlyDiffering: z.boolean().default(false),
  allColumns: z.boolean().default(false),
  shaded: z.boolean().default(false),
  /** The first criterion first. */
  orders: z.array(z.object({ field: z.string().max(300), descending: z.boolean() })).max(50).default([]),
  /** What the runs are grouped by, the outermost first, and what groups say of numbers. */
  groups: ids.default([]),
  summary: z.enum(['mean', 'min', 'max']).default('mean'),
  /** The tab below the table; empty for the one that has most to say. */
  tab: z.string().max(40).default(''),
  charts: z
    .object({
      axis: z.enum(['step', 'time', 'clock']),
      log: z.boolean(),
      logX: z.boolean(),
      bands: z.boolean(),
      smoothing: z.number().min(0).max(1),
      search: z.string().max(300),
      /** Metrics whose charts are as wide as the panel. */
      enlarged: ids,
    })
    .default({ axis: 'step', log: false, logX: false, bands: true, smoothing: 0, search: '', enlarged: [] }),
  /** What the charts of params and metrics show; ids of fields. */
  relations: z.record(z.string().max(40), z.string().max(300)).default({}),
});
export type SavedView = z.output<typeof savedView>;

/** Fits into a tag's name when each character is written as five. */
const longestName = 40;
export const viewName = z
  .string()
  .trim()
  .min(1, 'give the view a name')
  .max(longestName, `use at most ${longestName} characters`)
  .regex(/^[^\p{C}\p{Zl}\p{Zp}]*$/u, 'use no control characters');

const tagPrefix = 'slipway.view.';

/** The tag of an experiment that keeps a view. MLflow takes letters of ASCII, digits, dashes, dots, blanks, colons and slashes alone: others are written as `:` and four hex digits. */
export function viewTag(name: string): string {
  return `${tagPrefix}${name.replace(/[^\w. -]/g, (unit) => `:${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)}`;
}

function nameOf(tag: string): string {
  return tag.slice(tagPrefix.length).replace(/:([0-9a-f]{4})/g, (_whole, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** The views that an experiment keeps, by name, in the order of their names. What cannot be read is none: other programs write tags too. */
export function viewsOf(tags: Experiment['tags']): ReadonlyMap<string, SavedView> {
  const views = Object.entries(tags).flatMap(([tag, text]): [string, SavedView][] => {
    const name = tag.startsWith(tagPrefix) ? viewName.safeParse(nameOf(tag)).data : undefined;
    const view = name === undefined ? undefined : readView(text);
    return name === undefined || view === undefined ? [] : [[name, view]];
  });
  return new Map(views.sort(([a], [b]) => a.localeCompare(b)));
}

function readView(text: string): SavedView | undefined {
  try {
    return savedView.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

const viewKey = z.object({ experimentId: z.string(), name: viewName });

export const viewRoutes = {
  saveView: route({
    method: 'POST',
    path: '/experiments/:experimentId/views',
    summary: 'Keep with an experiment how its runs are looked at (a tag of the experiment); `replace` allows to take the place of the view of that name',
    panels: ['compare'],
    input: viewKey.extend({ view: savedView, replace: z.boolean().default(false) }),
    output: experiment,
  }),
  renameView: route({
    method: 'POST',
    path: '/experiments/:experimentId/views/rename',
    summary: 'Give a saved view another name',
    panels: ['compare'],
    input: viewKey.extend({ newName: viewName }),
    output: experiment,
  }),
  deleteView: route({ method: 'POST', path: '/experiments/:experimentId/views/delete', summary: 'Delete a saved view', panels: ['compare'], input: viewKey, output: experiment }),
};
