import { readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { rolldown, type Plugin } from 'rolldown';
import { listing } from './src/cli/listing.ts';
import { version } from './src/cli/version.ts';

/*
 * `tsx build.ts [folder]` makes the program as it is installed: a few files load several times as fast as many, and CommonJS
 * sooner than modules. All stand two folders deep, like the source files that look for something by their own place.
 */

/** Folders of which a command takes one file, or all. */
const REGISTRIES = ['reports', 'cli/commands', 'sources', 'catalog'];

const filesOf = (folder: string): readonly string[] =>
  readdirSync(`src/${folder}`, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name)
    .sort();

/** What the program would find out each time it starts is found out now, by the file that does it. */
const REPLACED: Readonly<Record<string, () => Promise<string>>> = {
  'folder.ts': async () => {
    const imports = (folder: string): string =>
      filesOf(folder)
        .map((name) => `'${name.replace('.ts', '')}': () => import('../${folder}/${name}'),`)
        .join('\n');
    return `
      const folders = { ${REGISTRIES.map((folder) => `'${folder}': { ${imports(folder)} },`).join('\n')} };
      export const modulesOf = (folder, only) =>
        Promise.all(Object.entries(folders[folder]).filter(([name]) => only === undefined || name === only).map(([, load]) => load()));`;
  },
  'renderers.ts': async () => {
    const names = filesOf('render/formats');
    return `
      ${names.map((name, at) => `import { renderer as renderer${at} } from '../render/formats/${name}';`).join('\n')}
      export const RENDERERS = [${names.map((_, at) => `renderer${at}`).join(', ')}];`;
  },
  'listing.ts': async () => `
    const LISTING = ${JSON.stringify(await listing())};
    export const listing = async () => LISTING;`,
  'version.ts': async () => `export const version = () => ${JSON.stringify(version())};`,
};

const replaced: Plugin = {
  name: 'replaced',
  load: {
    filter: { id: Object.keys(REPLACED).map((name) => resolve('src/cli', name)) },
    handler: async (id) => REPLACED[id.replace(/.*[\\/]/, '')]?.(),
  },
};

/** The parser would start a program for a command that is a file; none is, and to load what starts programs takes a while. */
const noPrograms: Plugin = {
  name: 'no programs',
  resolveId: {
    filter: { id: /^node:child_process$/ },
    handler: (_, importer) => (/[\\/]commander[\\/]/.test(importer ?? '') ? '\0nothing' : undefined),
  },
  load: { filter: { id: /^\0nothing$/ }, handler: () => 'module.exports = {};' },
};

/** Whether there is colour is decided by the program: the library need not look at the terminal for it. */
const noTerminal: Plugin = {
  name: 'no terminal',
  resolveId: {
    filter: { id: /^#supports-color$/ },
    handler: (_, importer) => resolve(importer ?? '', '../vendor/supports-color/browser.js'),
  },
};

/** V8 keeps a source of other characters in twice the memory, and starts with moving it about. They stand in texts alone. */
const ascii: Plugin = {
  name: 'ascii',
  generateBundle: (_, files) => {
    for (const file of Object.values(files))
      if (file.type === 'chunk')
        file.code = file.code.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  },
};

/** These files and what they import, but for what stands in a group of a higher priority. */
const group = (name: string, test: RegExp, priority: number) => ({ name, test, priority });

const bundle = await rolldown({
  input: { 'cli/entry': 'src/cli/entry.ts', 'cli/read-thread': 'src/cli/read-thread.ts' },
  platform: 'node',
  // A binding is no JavaScript; the price table tells its version by its package.
  external: ['better-sqlite3', '@pydantic/genai-prices', 'uplot'],
  plugins: [replaced, noPrograms, noTerminal, ascii],
  transform: { target: 'node20.19' },
  // Some commands load at once what others load when they need it.
  checks: { ineffectiveDynamicImport: false },
  logLevel: 'warn',
});

await bundle.write({
  dir: process.argv[2] ?? 'dist',
  cleanDir: true,
  format: 'cjs',
  entryFileNames: '[name].cjs',
  chunkFileNames: 'chunks/[name]-[hash].cjs',
  comments: false,
  codeSplitting: {
    // What is needed together stands together: each file takes a while to be found, however little is in it.
    groups: [
      group('core', /[\\/](?:cli[\\/]main|model[\\/][a-z]+)\.ts$/, 8),
      group('store', /[\\/](?:store[\\/]reader|scores[\\/]carried)\.ts$/, 7),
      group('answer', /[\\/](?:render[\\/]table|reports[\\/](?:tools|report|sessions|common[\\/]own-options))\.ts$/, 6),
      group('sources', /[\\/]src[\\/]sources[\\/][^\\/]+\.ts$/, 5),
      group('import', /[\\/](?:cli[\\/](?:commands[\\/]import|run-import)|store[\\/]store)\.ts$/, 4),
      group('reading', /[\\/]import[\\/]reading\.ts$/, 3),
      group('threads', /[\\/]import[\\/](?:serve|threads)\.ts$/, 2),
      group('catalog', /[\\/]src[\\/](?:cli[\\/]catalog|catalog[\\/][^\\/]+)\.ts$/, 1),
      group('dead-weight', /[\\/]reports[\\/]dead-weight\.ts$/, 0),
    ],
  },
});
