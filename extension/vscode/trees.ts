import { type Disposable, EventEmitter, ThemeColor, ThemeIcon, type TreeDataProvider, TreeItem, TreeItemCollapsibleState, type TreeView, window } from 'vscode';
import { CallFailure } from '../../server/client/callFailure.ts';
import { describeFailure, remediesOf } from './failures.ts';

/** A row of a tree. Commands find what a row stands for in `subject`. */
export interface TreeNode {
  readonly item: TreeItem;
  readonly subject?: unknown;
  readonly children?: () => Promise<readonly TreeNode[]> | readonly TreeNode[];
  /** Asked for when the pointer rests on the row, where the row has no tooltip at once. */
  readonly loadTooltip?: () => Promise<TreeItem['tooltip']>;
}

export interface Tree extends Disposable {
  readonly view: TreeView<TreeNode>;
  /** Asks for the rows again, soon; many calls in a row cost one. */
  refresh(): void;
}

export interface TreeRow {
  /** Stays the same over refreshes, so that the expansion and the selection do. */
  readonly id: string;
  readonly label: string;
  readonly description?: string | undefined;
  readonly tooltip?: TreeItem['tooltip'] | undefined;
  readonly icon: string;
  readonly color?: string | undefined;
  /** For `when` clauses of menus: words in dots, such as `.endpoint.live.`. */
  readonly context?: string | undefined;
  readonly expanded?: boolean | undefined;
  readonly command?: { readonly command: string; readonly title: string; readonly arguments?: unknown[] } | undefined;
  /** What a screen reader says instead of label and description. */
  readonly spoken?: string | undefined;
}

/** Makes a row; with `children` it can be opened. */
export function treeNode(row: TreeRow, subject?: unknown, children?: TreeNode['children']): TreeNode {
  const open = row.expanded === true ? TreeItemCollapsibleState.Expanded : TreeItemCollapsibleState.Collapsed;
  const item = new TreeItem(row.label, children === undefined ? TreeItemCollapsibleState.None : open);
  item.id = row.id;
  item.iconPath = new ThemeIcon(row.icon, row.color === undefined ? undefined : new ThemeColor(row.color));
  if (row.description !== undefined) {
    item.description = row.description;
  }
  if (row.tooltip !== undefined) {
    item.tooltip = row.tooltip;
  }
  if (row.context !== undefined) {
    item.contextValue = row.context;
  }
  if (row.command !== undefined) {
    item.command = { ...row.command };
  }
  if (row.spoken !== undefined) {
    item.accessibilityInformation = { label: row.spoken };
  }
  return { item, ...(subject === undefined ? {} : { subject }), ...(children === undefined ? {} : { children }) };
}

/** What went wrong; where the tracking server is at fault, with what to do about it. */
function failureNodes(error: unknown): TreeNode[] {
  if (!CallFailure.is(error) || error.field !== 'trackingUri') {
    return [failureNode(error)];
  }
  // The view's head names the server already.
  const message = error.message.replace(/^https?:\/\/\S+ (.)/, (_whole, first: string) => first.toUpperCase());
  const said = treeNode({ id: 'failure', label: message, tooltip: describeFailure(error), icon: 'error', color: 'list.errorForeground' });
  const icons: Readonly<Record<string, string>> = { 'slipway.refresh': 'refresh', 'slipway.logIn': 'key' };
  return [
    said,
    ...remediesOf(error).map(({ label, command }) => treeNode({ id: `remedy:${command}`, label, icon: icons[command] ?? 'server-environment', command: { command, title: label } })),
  ];
}

function failureNode(error: unknown): TreeNode {
  return treeNode({
    id: `failure:${describeFailure(error)}`,
    label: describeFailure(error),
    tooltip: describeFailure(error),
    icon: 'error',
    color: 'list.errorForeground',
    command: { command: 'slipway.showLogs', title: 'Show Logs' },
  });
}

const refreshMilliseconds = 150;

/** Registers a tree. What its roots or children throw is shown as a row. */
export function createTree(viewId: string, roots: () => Promise<readonly TreeNode[]>, options: { readonly severalSelected?: boolean } = {}): Tree {
  const changed = new EventEmitter<void>();
  let timer: NodeJS.Timeout | undefined;
  const guarded = async (load: () => Promise<readonly TreeNode[]> | readonly TreeNode[]): Promise<TreeNode[]> => {
    try {
      return [...(await load())];
    } catch (error) {
      return failureNodes(error);
    }
  };
  const provider: TreeDataProvider<TreeNode> = {
    onDidChangeTreeData: changed.event,
    getTreeItem: (node) => node.item,
    async resolveTreeItem(item, node) {
      if (item.tooltip === undefined && node.loadTooltip !== undefined) {
        item.tooltip = await node.loadTooltip().catch(describeFailure);
      }
      return item;
    },
    getChildren: (node) => guarded(node === undefined ? roots : (node.children ?? (() => []))),
  };
  const view = window.createTreeView(viewId, { treeDataProvider: provider, showCollapseAll: true, canSelectMany: options.severalSelected === true });
  return {
    view,
    refresh() {
      timer ??= setTimeout(() => {
        timer = undefined;
        changed.fire();
      }, refreshMilliseconds);
    },
    dispose() {
      clearTimeout(timer);
      view.dispose();
      changed.dispose();
    },
  };
}
