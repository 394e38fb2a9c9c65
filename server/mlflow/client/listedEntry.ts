const longestPath = 4096;

/**
 * Why an entry of a server's listing is not one of the folder that was listed; undefined for one that is. A server could name any path of its
 * own, of another run, or of the folder itself again.
 * @param path of the entry, below the root of what is listed
 * @param folder that was listed, empty for the root
 */
export function whyNoEntry(path: string, folder: string): string | undefined {
  const below = folder === '' ? path : path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : '';
  if (/^[a-z]:/i.test(path) || path.includes('\0') || below.split('/').some((part) => ['', '.', '..'].includes(part))) {
    return 'the server lists it at a path that leads elsewhere';
  }
  return path.length > longestPath ? `its path has more than ${longestPath} characters` : undefined;
}
