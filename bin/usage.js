#!/usr/bin/env node
// Plain JavaScript that any Node can parse: on an old one the database binding would crash without a word.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const isSupported = (major === 20 && minor >= 19) || (major === 22 && minor >= 14) || major > 22;

if (isSupported) {
  const program = require('node:path').resolve(__dirname, '../dist/cli/entry.cjs');
  try {
    require('./load.js').load(program);
  } catch (error) {
    if (error.code !== 'ENOENT' || error.path !== program) throw error;
    process.exitCode = 1;
    process.stderr.write('usage: the program is not built yet. Run: npm install\n');
  }
} else {
  process.exitCode = 1;
  process.stderr.write(`usage needs Node 20.19 or later of 20, or 22.14 or later; this is ${process.versions.node}.\n`);
}
