// The licence texts of the packages whose code or files are in the bundles, for the extension's package.
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

const heading = `Slipway contains code and files of the packages below. Each is named with its version and licence, and its licence text follows.`;
const line = '-'.repeat(100);

/**
 * Folders of the packages that bundles were made from.
 * @param {readonly string[]} inputs files that went into the bundles, as esbuild's metafile names them (relative to the root, `/`)
 * @returns {string[]} such as `node_modules/a/node_modules/@b/c`, each once, sorted
 */
export function packageFolders(inputs) {
  const folders = inputs.flatMap((input) => {
    const file = input.replace(/^[\w-]+:/, '');
    const start = file.lastIndexOf('node_modules/');
    if (start === -1) {
      return [];
    }
    const parts = file.slice(start + 'node_modules/'.length).split('/');
    const name = parts[0]?.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? '');
    return [`${file.slice(0, start)}node_modules/${name}`];
  });
  return [...new Set(folders)].sort();
}

/**
 * The notices of these packages.
 * @param {string} root folder that the package folders are relative to
 * @param {readonly string[]} folders see {@link packageFolders}
 * @throws {Error} when a package names no licence: then nobody may ship it
 */
export function thirdPartyNotices(root, folders) {
  const notices = new Map(folders.map((folder) => readNotice(path.join(root, folder))).map((notice) => [notice.title, notice]));
  const texts = [...notices.values()]
    .sort((a, b) => a.title.localeCompare(b.title, 'en'))
    .map(({ title, licence, homepage, text }) => [line, title, `Licence: ${licence}`, ...(homepage === '' ? [] : [homepage]), '', text.trim(), ''].join('\n'));
  return [heading, '', ...texts].join('\n');
}

function readNotice(folder) {
  const manifest = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  const { name, version, homepage, repository } = manifest;
  const licence = licenceOf(manifest);
  if (licence === undefined) {
    throw new Error(`${name} ${version} names no licence in its package.json`);
  }
  const files = readdirSync(folder).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file) && !/\.(js|ts|json)$/i.test(file)).sort();
  const text = files.map((file) => readFileSync(path.join(folder, file), 'utf8')).join('\n\n');
  const source = typeof repository === 'string' ? repository : (repository?.url ?? '');
  return {
    title: `${name} ${version}`,
    licence,
    homepage: homepage ?? source,
    text: text === '' ? `The package has no file with its licence text; it is the ${licence} licence as published by the SPDX project.` : text,
  };
}

/** The SPDX name; old manifests have an object or a list (https://docs.npmjs.com/cli/v11/configuring-npm/package-json#license). */
function licenceOf({ license, licenses }) {
  const named = license ?? licenses;
  const all = Array.isArray(named) ? named : [named];
  const names = all.map((entry) => (typeof entry === 'string' ? entry : entry?.type)).filter((entry) => entry !== undefined);
  return names.length === 0 ? undefined : names.join(' OR ');
}
