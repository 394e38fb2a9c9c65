import path from 'node:path';

/** What MLflow serves as plain text, so that a page that shows artifacts neither runs nor parses it. */
const texts = new Set(
  (
    'txt log err cfg conf cnf cf ini properties prop hocon toml yaml yml xml json js py py3 csv tsv md rst ipynb MLmodel mlproject MLproject'
  ).split(' '),
);

const types: Readonly<Record<string, string>> = {
  avif: 'image/avif',
  bmp: 'image/bmp',
  bz2: 'application/x-bzip2',
  css: 'text/css',
  gif: 'image/gif',
  gz: 'application/gzip',
  htm: 'text/html',
  html: 'text/html',
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  mp3: 'audio/mpeg',
  mp4: 'video/mp4',
  pdf: 'application/pdf',
  png: 'image/png',
  svg: 'image/svg+xml',
  tar: 'application/x-tar',
  tif: 'image/tiff',
  tiff: 'image/tiff',
  wav: 'audio/x-wav',
  webm: 'video/webm',
  webp: 'image/webp',
  zip: 'application/zip',
};

/** The media type of an artifact by its name. */
export function contentType(file: string): string {
  const name = path.posix.basename(file);
  const extension = path.posix.extname(name).slice(1);
  const kind = extension === '' ? name : extension;
  return texts.has(kind) || texts.has(kind.toLowerCase()) ? 'text/plain' : (types[kind.toLowerCase()] ?? 'application/octet-stream');
}

/** The header that names a download: a plain name as it is, another in quotes, and one beyond ASCII as RFC 6266 has it. */
export function disposition(file: string): string {
  const name = path.posix.basename(file);
  if (/^[\w!#$%&'*+.^`|~-]+$/.test(name)) {
    return `attachment; filename=${name}`;
  }
  const plain = name.replace(/[^\x20-\x7e]|["\\]/g, '_');
  return plain === name ? `attachment; filename="${plain}"` : `attachment; filename="${plain}"; filename*=UTF-8''${encodeURIComponent(name)}`;
}
