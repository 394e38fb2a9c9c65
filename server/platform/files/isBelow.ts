import path from 'node:path';

/** Whether an absolute path is a folder or lies in it, as both are written: links are the caller's to follow. */
export function isBelow(absolute: string, folder: string): boolean {
  const relative = path.relative(folder, absolute);
  return relative === '' || (relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative));
}
