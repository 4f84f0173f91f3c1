import type { CliCommand, Context } from '../context.ts';
import { addStoreOption, type CommonOptions } from '../options.ts';
import { writing } from '../output.ts';

/** All facts of the store, for another store or another program. */
export const command: CliCommand = {
  name: 'export',
  summary: 'Write all facts as lines of JSON, which import reads back',
  purpose: 'Write all facts of the store as lines of JSON, which usage import reads back.',
  examples: [
    ['usage export -o facts.ndjson', 'into a file, for its owner alone'],
    ['usage export | gzip > facts.ndjson.gz', 'for another program'],
  ],
  group: 'reach',
  order: 20,
  add: (command, context) => {
    addStoreOption(command.option('-o, --output <file>', 'write to a file'));
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
