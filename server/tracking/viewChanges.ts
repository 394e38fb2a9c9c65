import type { TagChanges } from '../contract/primaryMetric.ts';
import { viewsOf, viewTag, type SavedView } from '../contract/savedViews.ts';
import type { Experiment } from '../contract/tracking.ts';
import { Problem } from '../platform/errors.ts';

type Tags = Experiment['tags'];

/** MLflow's longest value of an experiment's tag, in characters (mlflow/utils/validation.py): a shared server keeps no more. */
const longestValue = 5000;

/** @throws Problem `already-exists` where the name is taken, `invalid-input` for a view that no tag holds */
export function keepView(tags: Tags, name: string, view: SavedView, replace: boolean): TagChanges {
  if (!replace) {
    requireFree(tags, name, 'name');
  }
  const text = JSON.stringify(view);
  if (text.length > longestValue) {
    throw new Problem('invalid-input', `The view is too large to be kept: ${text.length} characters, and ${longestValue} are the most.`, { field: 'view', remedy: 'Hide or move fewer columns one by one, or shorten the filter.' });
  }
  return { [viewTag(name)]: text };
}

/** @throws Problem `not-found` where there is no such view, `already-exists` where the new name is taken */
export function renameView(tags: Tags, name: string, newName: string): TagChanges {
  requireView(tags, name);
  if (newName === name) {
    return {};
  }
  requireFree(tags, newName, 'newName');
  return { [viewTag(name)]: undefined, [viewTag(newName)]: tags[viewTag(name)] };
}

/** @throws Problem `not-found` where there is no such view */
export function dropView(tags: Tags, name: string): TagChanges {
  requireView(tags, name);
  return { [viewTag(name)]: undefined };
}

function requireView(tags: Tags, name: string): void {
  if (!viewsOf(tags).has(name)) {
    const names = [...viewsOf(tags).keys()];
    throw new Problem('not-found', `The experiment has no view ${name}.`, { field: 'name', remedy: names.length === 0 ? 'It has no saved views.' : `It has ${names.join(', ')}.` });
  }
}

function requireFree(tags: Tags, name: string, field: string): void {
  if (viewsOf(tags).has(name)) {
    throw new Problem('already-exists', `The experiment has a view ${name} already.`, { field, remedy: 'Take another name, or replace it.' });
  }
}
