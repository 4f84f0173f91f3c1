import { closeSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { resolve } from 'node:path';
import { FailError } from '../../model/errors.ts';
import type { CliCommand, Context } from '../context.ts';
import { addStoreOption, type CommonOptions } from '../options.ts';

/** All facts of the store, for another store or another program. */
export const command: CliCommand = {
  name: 'export',
  add: (program, context) => {
    const command = program
      .command('export')
      .helpGroup('Store:')
      .description('Write all facts as lines of JSON; usage import FILE reads them back')
      .option('-o, --output <file>', 'write to a file')
      .addHelpText('after', '\nExample:\n  $ usage export -o facts.ndjson');
    addStoreOption(command);
    command.action(() => exportFacts(command.optsWithGlobals<CommonOptions>(), context));
  },
};

/** Written in pieces of about this size. */
const PIECE = 1 << 16;

async function exportFacts(options: CommonOptions, context: Context): Promise<void> {
  await context.reading(context.storePath(options), async (db) => {
    const { exportLines } = await import('../../store/export.ts');
    const out = outputOf(options.output, context);
    let piece = '';
    try {
      for await (const line of exportLines(db)) {
        piece += `${line}\n`;
        if (piece.length < PIECE) continue;
        out.write(piece);
        piece = '';
      }
      out.write(piece);
      out.done();
    } catch (error) {
      out.fail();
      throw error;
    }
  });
}

/** A file appears under its name when it is whole. */
function outputOf(name: string | undefined, { world }: Context) {
  if (name === undefined || name === '-') return { write: (text: string) => world.stdout.write(text), done: () => {}, fail: () => {} };
  const path = resolve(world.cwd, name);
  const part = `${path}.part`;
  try {
    const file = openSync(part, 'w', 0o600);
    return {
      write: (text: string) => void writeSync(file, text),
      done: () => {
        closeSync(file);
        renameSync(part, path);
      },
      fail: () => {
        closeSync(file);
        rmSync(part, { force: true });
      },
    };
  } catch (error) {
    throw new FailError(`${path} cannot be written.`, 'Name another file with --output.', { cause: error });
  }
}
