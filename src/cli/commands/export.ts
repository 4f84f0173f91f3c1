import type { CliCommand, Context } from '../context.ts';
import { addStoreOption, type CommonOptions } from '../options.ts';
import { writing } from '../output.ts';

/** All facts of the store, for another store or another program. */
export const command: CliCommand = {
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
    await writing(context.world, options, async (write) => {
      let piece = '';
      for await (const line of exportLines(db)) {
        piece += `${line}\n`;
        if (piece.length < PIECE) continue;
        write(piece);
        piece = '';
      }
      write(piece);
    });
  });
}
