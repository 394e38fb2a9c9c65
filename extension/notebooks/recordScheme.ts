/** The scheme of files that show what captured runs recorded: notebooks that cannot be changed, and that nothing is attached to. */
export const recordScheme = 'slipway-notebook';

/** A text as a part of a file's name. */
export function inTitle(text: string): string {
  return text.replace(/[/\\:*?"<>|#%]+/g, '-');
}
