// Bundles the sources into dist/: `node esbuild.mjs [--clean] [--watch]`.
import { build, context } from 'esbuild';
import { chmodSync, cpSync, existsSync, globSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageFolders, thirdPartyNotices } from './test/setup/notices.mjs';

const root = path.dirname(fileURLToPath(import.meta.url));
const dist = path.join(root, 'dist');
const watching = process.argv.includes('--watch');

/** Of the 2,500 types that express knows, those that it looks up for the companion. */
const mediaTypes = {
  'application/json': { charset: 'UTF-8', extensions: ['json'] },
  'text/html': { extensions: ['html'] },
};

/**
 * Leaves out data that no bundle reads: a start takes as long as the code that is parsed. zod's messages in other languages than
 * English, media types that no answer has, and the tables of encodings that a JSON body never has (body-parser refuses all but UTF ones
 * before it decodes).
 */
const withoutUnreadData = {
  name: 'without-unread-data',
  setup(bundle) {
    bundle.onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({ contents: "export { default as en } from './en.js';" }));
    bundle.onLoad({ filter: /[\\/]mime-db[\\/]db\.json$/ }, () => ({ contents: JSON.stringify(mediaTypes), loader: 'json' }));
    bundle.onLoad({ filter: /[\\/]iconv-lite[\\/]encodings[\\/]tables[\\/][^\\/]+\.json$/ }, () => ({ contents: '[]', loader: 'json' }));
  },
};

/**
 * Loads `node:http` with `require`. An `import` reads every export at once, also those that Node loads when they are first read: there is
 * a WebSocket among them, and with it comes all of `fetch`.
 */
const httpByRequire = {
  name: 'http-by-require',
  setup(bundle) {
    const namespace = 'http-by-require';
    bundle.onResolve({ filter: /^node:https?$/ }, ({ path: name, kind }) => (kind === 'import-statement' ? { path: name, namespace } : undefined));
    bundle.onLoad({ filter: /^node:https?$/, namespace }, ({ path: name }) => ({ contents: `module.exports = require(${JSON.stringify(name)});` }));
  },
};

/** Files such as `index.node.js`, which a package requires without their ending, are no native modules. */
const namedLikeNative = {
  name: 'named-like-native',
  setup(bundle) {
    bundle.onResolve({ filter: /^\..*\.node$/ }, ({ path: name, resolveDir }) => {
      const file = `${path.resolve(resolveDir, name)}.js`;
      return existsSync(file) ? { path: file } : undefined;
    });
  },
};

const common = {
  absWorkingDir: root,
  plugins: [withoutUnreadData, namedLikeNative],
  bundle: true,
  metafile: true,
  minifyWhitespace: true,
  minifySyntax: true,
  // Stack traces in logs stay readable. Short names with `keepNames` would do that too, by a call for each function when it is made: a tenth of a start.
  minifyIdentifiers: false,
  logLevel: 'warning',
  define: { 'process.env.NODE_ENV': '"production"' },
};

/** CommonJS packages inside an ES module bundle call `require` and read `__dirname`. */
const requireBanner = [
  "import { createRequire as slipwayCreateRequire } from 'node:module';",
  "import { fileURLToPath as slipwayFileURLToPath } from 'node:url';",
  'const require = slipwayCreateRequire(import.meta.url);',
  'const __filename = slipwayFileURLToPath(import.meta.url);',
  "const __dirname = slipwayFileURLToPath(new URL('.', import.meta.url));",
].join('\n');

/** ssh2 (under dockerode) tries native parts that it can do without. */
const external = ['cpu-features', 'xmlbuilder2', '*.node'];

function nodeModule(entry, outfile, target, shebang = false) {
  const banner = shebang ? `#!/usr/bin/env node\n${requireBanner}` : requireBanner;
  const plugins = [...common.plugins, httpByRequire];
  return { ...common, plugins, entryPoints: [entry], outfile, platform: 'node', format: 'esm', target, external, banner: { js: banner } };
}

/**
 * The companion: what it imports while it runs, such as the Docker client, is a file of its own beside it that costs nothing before.
 * The names hold a digest, so that a running companion never finds the file of another build.
 */
function companion(entry) {
  const { outfile, ...options } = nodeModule(entry, 'dist/companion.mjs', 'node22');
  const names = { entryNames: 'companion', chunkNames: 'companion-[name]-[hash]', outExtension: { '.js': '.mjs' } };
  return { ...options, ...names, outdir: path.dirname(outfile), splitting: true };
}

function extensionHost(entry, outfile) {
  return {
    ...common,
    entryPoints: [entry],
    outfile,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    external: ['vscode', ...external],
    define: { ...common.define, 'import.meta.url': 'slipwayModuleUrl' },
    banner: { js: "const slipwayModuleUrl = require('node:url').pathToFileURL(__filename).href;" },
  };
}

function webviewPanel(entry, outfile) {
  return {
    ...common,
    entryPoints: [entry],
    outfile,
    platform: 'browser',
    format: 'iife',
    target: 'es2022',
    minifyIdentifiers: true,
    // Before any schema is made.
    inject: ['webview/ui/withoutEval.ts'],
    loader: { '.svg': 'dataurl', '.ttf': 'dataurl' },
  };
}

const workers = globSync('server/**/*.worker.ts', { cwd: root });
/** The folder of each panel: a folder is named by its feature, a panel by what it shows. */
const panels = { compare: 'tracking', registry: 'registry', monitoring: 'monitoring', releases: 'deployments', fleet: 'fleet', promotion: 'promotion' };

const bundles = [
  extensionHost('extension/extension.ts', 'dist/extension.cjs'),
  companion('server/main.ts'),
  nodeModule('server/gateway/main.ts', 'dist/gateway.mjs', 'node22'),
  // The command line may be started by an older Node; it then starts the companion with a newer one.
  nodeModule('server/cli.ts', 'dist/slipway.mjs', 'node18', true),
  ...workers.map((file) => nodeModule(file, `dist/workers/${path.basename(file, '.worker.ts')}.mjs`, 'node22')),
  ...Object.entries(panels).map(([panel, folder]) => webviewPanel(`webview/${folder}/main.tsx`, `dist/webview/${panel}.js`)),
];

/** Files that the bundles read while they run. */
const copies = [
  ['server/platform/database/migrations', 'dist/migrations'],
  ['server/python', 'dist/python'],
  ['server/companion/linkPage.html', 'dist/linkPage.html'],
  ['node_modules/better-sqlite3/prebuilds', 'dist/native'],
  ['node_modules/dockerode/lib/proto', 'dist/proto'],
  ['node_modules/@vscode/codicons/dist/codicon.css', 'dist/webview/codicon.css'],
  ['node_modules/@vscode/codicons/dist/codicon.ttf', 'dist/webview/codicon.ttf'],
];

/** The licences of what is bundled and of what is copied; it lies in `dist/`, which is what the extension's package holds. */
function writeNotices(results) {
  const bundled = results.flatMap((result) => (result.status === 'fulfilled' ? Object.keys(result.value.metafile.inputs) : []));
  const copied = copies.map(([from]) => from);
  writeFileSync(path.join(dist, 'ThirdPartyNotices.txt'), thirdPartyNotices(root, packageFolders([...bundled, ...copied])));
}

function isRuntimeFile(file) {
  return !/(^|[\\/])(tests?|__pycache__|\.pytest_cache|[^\\/]+\.egg-info)$|\.pyc$/.test(file);
}

function copyFiles() {
  for (const [from, to] of copies) {
    if (existsSync(path.join(root, from))) {
      mkdirSync(path.dirname(path.join(root, to)), { recursive: true });
      if (from.startsWith('server/')) {
        // A migration that was renamed would run twice.
        rmSync(path.join(root, to), { recursive: true, force: true });
      }
      cpSync(path.join(root, from), path.join(root, to), { recursive: true, filter: isRuntimeFile });
    }
  }
}

function makeExecutable() {
  const commandLine = path.join(dist, 'slipway.mjs');
  if (existsSync(commandLine)) {
    chmodSync(commandLine, 0o755);
  }
}

const present = bundles.filter(({ entryPoints: [entry] }) => {
  const exists = existsSync(path.join(root, entry));
  if (!exists) {
    console.log(`no ${entry}: left out`);
  }
  return exists;
});

if (process.argv.includes('--clean')) {
  rmSync(dist, { recursive: true, force: true });
}
copyFiles();
if (watching) {
  const contexts = await Promise.all(present.map((options) => context({ ...options, minify: false })));
  // A bundle that fails has said why; its next change is waited for.
  await Promise.allSettled(contexts.map((watcher) => watcher.rebuild()));
  makeExecutable();
  await Promise.all(contexts.map((watcher) => watcher.watch()));
  console.log('All bundles are made; watching for changes.');
} else {
  const results = await Promise.allSettled(present.map((options) => build(options)));
  makeExecutable();
  writeNotices(results);
  const failed = present.filter((_, index) => results[index].status === 'rejected');
  for (const { entryPoints } of failed) {
    console.error(`${entryPoints[0]} could not be bundled`);
  }
  process.exitCode = failed.length === 0 ? 0 : 1;
}
