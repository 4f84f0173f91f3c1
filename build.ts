import { readdirSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { build, type Plugin } from 'esbuild';

/*
 * `tsx build.ts [folder]` makes the program as it is installed: a few files load several times as fast as many. All stand
 * two folders deep, like the source files that look for something by their own place.
 */

/** Whether a folder's files are needed by every command, or only by those that ask for them. */
const REGISTRIES = {
  'render/formats': 'always',
  reports: 'always',
  'cli/commands': 'lazily',
  sources: 'lazily',
  catalog: 'lazily',
} as const;

/** Takes the place of src/cli/folder.ts: the folders are read now, not when the program starts. */
const registries: Plugin = {
  name: 'registries',
  setup({ onLoad, onResolve }) {
    onLoad({ filter: /[\\/]src[\\/]cli[\\/]folder\.ts$/ }, () => {
      const entries = Object.entries(REGISTRIES);
      const always = entries.filter(([, when]) => when === 'always').map(([folder], at) => ({ folder, name: `folder${at}` }));
      const lazily = entries.filter(([, when]) => when === 'lazily').map(([folder]) => folder);
      const contents = `
        ${always.map(({ folder, name }) => `import ${name} from 'registry:${folder}';`).join('\n')}
        const folders = {
          ${always.map(({ folder, name }) => `'${folder}': async () => ({ default: ${name} }),`).join('\n')}
          ${lazily.map((folder) => `'${folder}': () => import('registry:${folder}'),`).join('\n')}
        };
        export async function modulesOf(folder, only) {
          const modules = (await folders[folder]()).default;
          return Object.keys(modules).filter((name) => only === undefined || name === only).map((name) => modules[name]);
        }`;
      return { contents, resolveDir: resolve('src/cli') };
    });
    onResolve({ filter: /^registry:/ }, ({ path }) => ({ path: path.replace('registry:', ''), namespace: 'registry' }));
    onLoad({ filter: /.*/, namespace: 'registry' }, ({ path: folder }) => {
      const names = readdirSync(`src/${folder}`, { withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => entry.name)
        .sort();
      const contents = `
        ${names.map((name, at) => `import * as module${at} from './${name}';`).join('\n')}
        export default { ${names.map((name, at) => `'${name.replace('.ts', '')}': module${at}`).join(', ')} };`;
      return { contents, resolveDir: resolve(`src/${folder}`) };
    });
  },
};

/** The parser would start a program for a command that is a file; none is, and to load what starts programs takes a while. */
const noPrograms: Plugin = {
  name: 'no programs',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^node:child_process$/ }, ({ importer }) =>
      /[\\/]commander[\\/]/.test(importer) ? { path: 'child_process', namespace: 'nothing' } : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'nothing' }, () => ({ contents: 'module.exports = {};' }));
  },
};

const outdir = process.argv[2] ?? 'dist';
rmSync(outdir, { recursive: true, force: true });
await build({
  entryPoints: ['src/cli/entry.ts', 'src/cli/read-thread.ts'],
  outbase: 'src',
  outdir,
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  plugins: [registries, noPrograms],
  // A binding is no JavaScript; the price table tells its version by its package.
  external: ['better-sqlite3', '@pydantic/genai-prices', 'uplot'],
  // Libraries that are not modules ask for Node's own parts in this way.
  banner: { js: `const require = process.getBuiltinModule;` },
  logLevel: 'warning',
});
