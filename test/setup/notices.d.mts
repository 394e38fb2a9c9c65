export function packageFolders(inputs: readonly string[]): string[];
export function thirdPartyNotices(root: string, folders: readonly string[]): string;
