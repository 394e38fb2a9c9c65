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
  avi: 'video/x-msvideo',
  css: 'text/css',
  csv: 'text/csv',
  gif: 'image/gif',
  h5: 'application/x-hdf5',
  htm: 'text/html',
  html: 'text/html',
  ico: 'image/vnd.microsoft.icon',
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  json: 'application/json',
  mov: 'video/quicktime',
  mp3: 'audio/mpeg',
  mp4: 'video/mp4',
  pdf: 'application/pdf',
  png: 'image/png',
  svg: 'image/svg+xml',
  tar: 'application/x-tar',
  tgz: 'application/x-tar',
  tif: 'image/tiff',
  tiff: 'image/tiff',
  tsv: 'text/tab-separated-values',
  txt: 'text/plain',
  wasm: 'application/wasm',
  wav: 'audio/x-wav',
  webm: 'video/webm',
  webp: 'image/webp',
  zip: 'application/zip',
};

const compressed = /\.(?:gz|bz2|xz|br|Z)$/;

/** The media type of an artifact by its name; what is compressed has the type of what is in it, as Python's `mimetypes` has it. */
export function contentType(file: string): string {
  const name = path.posix.basename(file);
  if (compressed.test(name)) {
    return types[path.posix.extname(name.replace(compressed, '')).slice(1).toLowerCase()] ?? 'application/octet-stream';
  }
  const extension = path.posix.extname(name).slice(1);
  const kind = extension === '' ? name : extension;
  return texts.has(kind) || texts.has(kind.toLowerCase()) ? 'text/plain' : (types[kind.toLowerCase()] ?? 'application/octet-stream');
}

const token = /^[\w!#$%&'*+.^`|~-]+$/;

/** The header that names a download: a plain name as it is, another in quotes, and one beyond ASCII as RFC 6266 has it, after what is ASCII of it. */
export function disposition(file: string): string {
  const name = path.posix.basename(file);
  const ascii = name.normalize('NFKD').replace(/[^\x20-\x7e]/g, '');
  const plain = token.test(ascii) ? ascii : `"${ascii.replace(/["\\]/g, '\\$&')}"`;
  return `attachment; filename=${plain}${ascii === name ? '' : `; filename*=UTF-8''${encodeURIComponent(name)}`}`;
}
