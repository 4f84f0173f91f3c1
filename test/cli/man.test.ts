import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { pageOf } from '../../src/cli/help/page.ts';
import { machine } from '../world.ts';
import { called } from './tree.ts';

const hasGroff = spawnSync('groff', ['--version']).error === undefined;

async function manual(): Promise<string> {
  const { code, stdout, stderr } = await machine().usage('man');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

const plain = (roff: string): string =>
  roff
    .replace(/\\f[BIR]/g, '')
    .replaceAll('\\-', '-')
    .replaceAll('\\&', '')
    .replaceAll('\\e', '\\');

test('the man page holds what every help says: purpose, examples, arguments, options, exit codes', async () => {
  const text = plain(await manual());
  for (const page of called.map(({ command }) => pageOf(command))) {
    expect(text).toContain(page.purpose);
    for (const [line, does] of page.examples) expect(text).toContain(`\n${line}\n${does}`);
    const entries = [...page.arguments, ...page.options.flatMap((section) => section.entries)].filter(
      ({ term }) => term !== '-V, --version',
    );
    for (const { term, text: words } of entries) expect(text).toContain(`\n${term.replace(/<([^>]+)>/, '$1')}\n${words}`);
    for (const [code, meaning] of page.exits ?? []) expect(text).toContain(`\nexit ${code}\n${meaning}`);
  }
});

test('it is roff that begins no line with a command by accident', async () => {
  const lines = (await manual()).split('\n');
  expect(lines[0]).toMatch(/^\.TH USAGE 1 "" "usage \d+\.\d+\.\d+" "User Commands"$/);
  for (const line of lines.filter((each) => /^[.']/.test(each))) expect(line).toMatch(/^\.(?:TH|SH|SS|TP|PP|nh|ad)\b/);
});

test.skipIf(!hasGroff)('groff has nothing to say about it, and its words come out', async () => {
  const roff = await manual();
  const { status, stdout, stderr } = spawnSync('groff', ['-man', '-ww', '-Tascii', '-P-c', '-P-b', '-P-o', '-P-u'], {
    input: roff,
    encoding: 'utf8',
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  for (const heading of ['NAME', 'SYNOPSIS', 'EXAMPLES', 'COMMANDS', 'USAGE DEAD-WEIGHT', 'ENVIRONMENT', 'FILES', 'EXIT STATUS'])
    expect(stdout).toMatch(new RegExp(`^${heading}$`, 'm'));
  expect(stdout).toContain('usage tools --sort errors');
});
