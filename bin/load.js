const { mkdirSync, readFileSync, realpathSync, renameSync, writeFileSync } = require('node:fs');
const { createRequire, isBuiltin } = require('node:module');
const { basename, dirname, join, resolve } = require('node:path');
const { Script, constants } = require('node:vm');

/*
 * Loads the built program with the code that V8 made of it when the same command first ran: to make that anew takes as long as
 * the answer. It is kept beside the program, in a file for each command and version of Node, and is code alone: nothing of what
 * it was run on is in it. Where it is missing, damaged, of another V8 or cannot be written, the program does the same, later.
 */

const CHUNKS = resolve(__dirname, '../dist/chunks');
const KEPT = resolve(__dirname, '../dist/kept');

/** Runs a file of the built program. */
exports.load = (path) => {
  const [, , word = ''] = process.argv;
  const kept = openKept(join(KEPT, `${process.version}-${process.arch}-${/^[a-z-]+$/.test(word) ? word : ''}`));
  process.on('exit', (code) => {
    if (code === 0) kept.write();
  });
  loader(kept)(path);
};

/** Does what Node's own `require` does, which looks at many places before it takes the one that there is. */
function loader(kept) {
  const modules = new Map();
  const load = (path) => {
    const known = modules.get(path);
    if (known !== undefined) return known.exports;
    const module = { exports: {} };
    modules.set(path, module);
    const folder = dirname(path);
    const requires = (id) => {
      if (id[0] === '.') return load(join(folder, /\.c?js$/.test(id) ? id : `${id}.js`));
      if (id === 'better-sqlite3') return database(load);
      if (id === 'bindings') return (name) => binding(join(folder, '../build/Release', name)) || createRequire(path)(id)(name);
      return isBuiltin(id) ? require(id) : createRequire(path)(id);
    };
    kept.script(path).runInThisContext()(module.exports, requires, module, path, folder);
    return module.exports;
  };
  return load;
}

/** A library of a dozen files. Where it looks otherwise than it is known to, Node finds it, or says what is missing. */
function database(load) {
  for (const folder of module.paths) {
    try {
      return load(realpathSync.native(join(folder, 'better-sqlite3/lib/index.js')));
    } catch {
      // The next folder may have it.
    }
  }
  return require('better-sqlite3');
}

function binding(path) {
  try {
    return require(path);
  } catch {
    return undefined;
  }
}

/** What is kept in a file: of scripts the code, by the names of their files, which tell their content. */
function openKept(file) {
  let { tag, codes } = readKept(file);
  const scripts = new Map();
  let isInUse = false;

  const compile = (path) => {
    const cachedData = dirname(path) === CHUNKS ? codes.get(basename(path)) : undefined;
    return new Script(`(function (exports, require, module, __filename, __dirname) { ${readFileSync(path, 'utf8')}\n})`, {
      filename: path,
      cachedData,
      importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    });
  };

  return {
    script: (path) => {
      const script = compile(path);
      if (dirname(path) === CHUNKS) scripts.set(basename(path), script);
      if (script.cachedDataRejected === false) isInUse = true;
      // Of a V8 that is set otherwise. Where others were taken before, the program itself has set it for what it does now.
      else if (script.cachedDataRejected === true && !isInUse) ({ tag, codes } = nothingKept());
      return script;
    },
    write: () => {
      const fresh = [...scripts].filter(([name]) => !codes.has(name));
      if (fresh.length === 0 || tag !== versionTag()) return;
      for (const [name, script] of fresh) codes.set(name, script.createCachedData());
      writeKept(file, tag, codes);
    },
  };
}

/** What V8 and its settings are: code is of use to the same alone. */
const versionTag = () => require('node:v8').cachedDataVersionTag();
const nothingKept = () => ({ tag: versionTag(), codes: new Map() });

/** V8 does not see that code is damaged, and would crash of it: all stands in the file twice. */
function readKept(file) {
  try {
    const bytes = readFileSync(file);
    const half = bytes.subarray(0, bytes.length / 2);
    if (!half.equals(bytes.subarray(half.length))) return nothingKept();
    const end = half.indexOf('\n') + 1;
    const { tag, sizes } = JSON.parse(half.toString('latin1', 0, end));
    let at = aligned(end);
    const codes = new Map();
    for (const [name, size] of sizes) {
      codes.set(name, half.subarray(at, at + size));
      at += aligned(size);
    }
    return { tag, codes };
  } catch {
    return nothingKept();
  }
}

function writeKept(file, tag, codes) {
  const sizes = [...codes].map(([name, { length }]) => [name, length]);
  const parts = [Buffer.from(`${JSON.stringify({ tag, sizes })}\n`), ...codes.values()];
  const half = Buffer.concat(parts.map((part) => Buffer.concat([part], aligned(part.length))));
  const part = `${file}.${process.pid}`;
  try {
    process.umask(0o022); // as all that is installed; a store may have been opened, which is its owner's
    mkdirSync(KEPT, { recursive: true });
    writeFileSync(part, Buffer.concat([half, half]));
    renameSync(part, file);
  } catch {
    // A folder that cannot be written.
  }
}

/** V8 copies what does not begin at a multiple of this. */
const aligned = (size) => Math.ceil(size / 8) * 8;
