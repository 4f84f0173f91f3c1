import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { programName, programOf } from '../../src/model/tool.ts';

/** As `Line.json` gives a string: one character a byte. */
const inBytes = (text: string): string => Buffer.from(text).toString('latin1');

describe('the program of a command', () => {
  test.each([
    ['npm test', 'npm'],
    ['  npm test', 'npm'],
    ['npm', 'npm'],
    ['npm;', 'npm'],
    ['npm|tee log', 'npm'],
    ['npm>log', 'npm'],
    ['g++ -o x x.cc', 'g++'],
    ['python3.12 -m pytest', 'python3.12'],
    ['7z x archive', '7z'],
    ['docker-compose up', 'docker-compose'],
    ['Get-ChildItem -Recurse', 'Get-ChildItem'],
  ])('is its first word: %j', (command, program) => expect(programOf(command)).toBe(program));

  test.each([
    ['/usr/bin/npm test', 'npm'],
    ['./gradlew build', 'gradlew'],
    ['../bin/tool', 'tool'],
    ['~/.cargo/bin/cargo build', 'cargo'],
    ['$HOME/bin/lathe x', 'lathe'],
    ['${TOOLS}/bin/lathe x', 'lathe'],
    ['"$HOME/my tools/lathe" x', 'lathe'],
    ["'/opt/my tools/lathe' x", 'lathe'],
    ['"$TOOLS"/lathe x', 'lathe'],
    ['/opt/my\\ tools/lathe x', 'lathe'],
    ['& "C:\\Program Files\\nodejs\\node.exe" x.js', 'node.exe'],
    ['\\ls', 'ls'],
  ])('is told by its name, not by its path: %s', (command, program) => expect(programOf(command)).toBe(program));

  test.each([
    ['cd web && npm test', 'npm'],
    ['cd web; npm test', 'npm'],
    ['cd web\nnpm test', 'npm'],
    ['cd && npm test', 'npm'],
    ['cd "my web" && cd \'a;b\' && npm test', 'npm'],
    ['cd web && cd app && npm test', 'npm'],
    ['cd web &&\\\nnpm test', 'npm'],
    ['pushd web && npm test', 'npm'],
    ['CI=1 npm test', 'npm'],
    ['CI=1 \\\n  npm test', 'npm'],
    ['CI=1; npm test', 'npm'],
    ['CI= npm test', 'npm'],
    ['PATH+=:/opt/bin npm test', 'npm'],
    ['export CI=1 && npm test', 'npm'],
    ['set -euo pipefail\nnpm test', 'npm'],
    ['source .venv/bin/activate && pytest -q', 'pytest'],
    ['. ./env.sh; npm test', 'npm'],
    ['sudo npm install', 'npm'],
    ['env CI=1 npm test', 'npm'],
    ['time npm test', 'npm'],
    ['nohup ./serve.sh &', 'serve.sh'],
    ['timeout 60 npm test', 'npm'],
    ['timeout 1.5m npm test', 'npm'],
    ['timeout 60 env CI=1 npm test', 'npm'],
    ['# runs the tests\nnpm test', 'npm'],
    ['\n\n  npm test', 'npm'],
    ['! npm test', 'npm'],
    ['(cd web && npm test)', 'npm'],
    ['(npm test)', 'npm'],
    ['{ npm test; }', 'npm'],
  ])('is what the words before it lead to: %j', (command, program) => expect(programOf(command)).toBe(program));

  test.each([
    ['cd web', 'cd'],
    ['cd web || exit 1', 'cd'],
    ['cd $(git rev-parse --show-toplevel) && npm test', 'cd'],
    ['cd `pwd` && npm test', 'cd'],
    ['export CI=1', 'export'],
    ['export NOW=$(date) && npm test', 'export'],
    ['sudo -u ada npm test', 'sudo'],
    ['env -i npm test', 'env'],
    ['env | sort', 'env'],
    ['time -p npm test', 'time'],
    ['command -v node', 'command'],
    ['exec > log', 'exec'],
    ['timeout -k 5 60 npm test', 'timeout'],
    ['timeout 60', 'timeout'],
    ['sudo $(which npm) test', 'sudo'],
  ])('is such a word itself where it is not certain what follows: %j', (command, program) => expect(programOf(command)).toBe(program));

  test.each([
    [''],
    ['   '],
    ['# only a remark'],
    ['CI=1'],
    ['NOW=$(date) npm test'],
    ['NAMES=(ada bob) npm test'],
    ['$(which npm) test'],
    ['`which npm` test'],
    ['$TOOL test'],
    ['"$TOOL" test'],
    ['((count++))'],
    ['[ -f x ]'],
    ['/usr/bin/'],
    ['12345'],
    ['-v'],
    ['<in.txt'],
    ['lathe() { true; }'],
    ["print('x')"],
  ])('is undefined where there is none, or none that has a name: %j', (command) => expect(programOf(command)).toBeUndefined());

  test('may stand among bytes that are no ASCII, but is ASCII itself', () => {
    expect(programOf(inBytes('cd /srv/voilà/Übung && npm test'))).toBe('npm');
    expect(programOf(inBytes('NAME="voilà" npm test'))).toBe('npm');
    expect(programOf(inBytes('/srv/voilà/npm test'))).toBe('npm');
    expect(programOf(inBytes('voilà test'))).toBeUndefined();
    expect(programOf(inBytes('càfe test'))).toBeUndefined();
  });
});

describe('what a command holds besides', () => {
  test.each([
    ['TOKEN=secret'],
    ['TOKEN="secret secret" npm test'],
    ["TOKEN='it; secret' npm test"],
    ['TOKEN=\\\nsecret npm test'],
    ['TOKEN=a\\ secret npm test'],
    ['TOKEN=$(cat secret) npm test'],
    ['TOKEN=$(echo "a; secret b") npm test'],
    ['TOKEN="$(echo "a; secret b")" npm test'],
    ['TOKEN=${X:-a; secret } npm test'],
    ["TOKEN=$'it\\'s; secret ' npm test"],
    ['TOKEN="a\nsecret b" npm test'],
    ['TOKEN=(a secret b) npm test'],
    ['TOKEN=`echo a; secret` npm test'],
    ['export TOKEN="a; secret"; npm test'],
    ['TOKEN="not closed; secret'],
    ['cd "not closed && secret'],
    ['cd "a\nsecret b" && npm test'],
    ["cd it's && secret && npm test"],
    ['cd a # b; secret c\nnpm test'],
    ['# it; secret\nnpm test'],
    ['# a && secret'],
    ['cd <<EOF\nsecret\nEOF'],
    ['source /dev/stdin <<EOF\nsecret\nEOF'],
    ["cat <<'EOF' > notes\nsecret\nEOF"],
    ['cd web && cat <<EOF\nsecret\nEOF'],
    ['sudo -u secret npm test'],
    ['sudo --user secret npm test'],
    ['env -u secret npm test'],
    ['timeout --signal secret 60 npm test'],
    ['exec -a secret npm'],
    ['git commit -m "a\n\nsecret"'],
    ['echo "a" && secret'],
    ['echo secret | npm'],
    ['{"password":"secret"}'],
    ['{ "secret" : 1 }'],
    ['"secret"'],
    ["'secret' x"],
    ['"a secret b"'],
    ['Secret: secret'],
    ['secret@example.com'],
    ['secret=1 secret=2'],
    ['$secret'],
    ['=secret'],
  ])('does not become its program: %j', (command) => expect(String(programOf(command))).not.toMatch(/secret/i));

  test('is not read beyond its beginning, nor as a part of a word', () => {
    expect(programOf(`npm test ${'x'.repeat(1e6)}`)).toBe('npm');
    expect(programOf(`${' '.repeat(990)}npm-and-a-long-name`)).toBeUndefined();
    expect(programOf('x'.repeat(41))).toBeUndefined();
    expect(programOf(`A='${'x'.repeat(1000)}'; npm test`)).toBeUndefined();
    expect(programOf(`A='${'x'.repeat(1000)}; secret b' npm test`)).toBeUndefined();
  });

  const quoted = fc
    .string({ unit: 'binary', maxLength: 60 })
    .chain((text) =>
      fc.constantFrom(
        `'${text.replaceAll("'", "'\\''")}'`,
        `"${text.replace(/["\\$`]/g, '\\$&')}"`,
        text.replace(/[^a-z0-9\n]/gi, '\\$&').replaceAll('\n', "'\n'"),
      ),
    );

  test('may be any text that is quoted rightly', () => {
    fc.assert(
      fc.property(quoted, quoted, quoted, (folder, value, argument) => {
        expect(programOf(`cd x${folder} && export A=x${value}; B=${value} /bin/npm ${argument}`)).toBe('npm');
      }),
    );
  });

  test('may be any text that is not', () => {
    const text = fc.string({ unit: fc.constantFrom(...'sn  \n\'"\\$`(){};&|<>#=!'.split('')), maxLength: 40 });
    fc.assert(
      fc.property(text, (rest) => {
        expect(programOf(`npm ${rest}`)).toBe('npm');
        expect([undefined, 'echo']).toContain(programOf(`"$(echo a)" ${rest}`));
      }),
    );
  });
});

test.each([
  ['/bin/bash', 'bash'],
  ['C:\\Program Files\\nodejs\\node.exe', 'node.exe'],
  ['npm', 'npm'],
  ['npm test', undefined],
  ['', undefined],
])('programName(%j) is %j', (path, name) => expect(programName(path)).toBe(name));
