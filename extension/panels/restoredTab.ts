import { commands, type Tab, TabInputWebview, window } from 'vscode';

/** What VS Code puts before the view types of extensions in the inputs of tabs. */
const mainThreadPrefix = 'mainThreadWebview-';

/** The tab of a panel that has come back after a reload and was not shown since: VS Code makes its page once it is. */
export function restoredTab(viewType: string): Tab | undefined {
  return window.tabGroups.all.flatMap(({ tabs }) => tabs).find(({ input }) => input instanceof TabInputWebview && input.viewType === `${mainThreadPrefix}${viewType}`);
}

const groupNames = ['First', 'Second', 'Third', 'Fourth', 'Fifth', 'Sixth', 'Seventh', 'Eighth'];

/** Shows a tab, which keeps what its page remembers. The API has no call for it: its group is focused, and its place in there opened. */
export async function showTab(tab: Tab): Promise<void> {
  const group = groupNames[tab.group.viewColumn - 1];
  if (group !== undefined) {
    await commands.executeCommand(`workbench.action.focus${group}EditorGroup`);
    await commands.executeCommand('workbench.action.openEditorAtIndex', tab.group.tabs.indexOf(tab));
  }
}
