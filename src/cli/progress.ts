import type { Progress } from '../import/import.ts';
import type { World } from '../model/world.ts';

export interface ProgressLine {
  /** Called once, when it is known how much there is to read. */
  start(bytesTotal: number): Promise<void>;
  show(progress: Progress): void;
  end(): void;
}

/** Less than this is read before anybody could look. */
const WORTH_SHOWING_BYTES = 10_000_000;
/** Redrawing more often costs time and shows nothing. */
const REDRAW_MS = 100;
/** What is left is not told by the first files. */
const SETTLED_MS = 1000;

/** A line that moves while logs are read: on a terminal only, and only when there is something to wait for. */
export function openProgress(world: World, isQuiet: boolean): ProgressLine {
  if (isQuiet) return SILENT;
  const { stream, isTty, columns } = world.stderr;
  // Of a terminal without a width the library would clear lines without end.
  if (!isTty || columns === undefined || stream === undefined || world.env['TERM'] === 'dumb') return SILENT;
  const startedAt = world.now();
  let drawnAt = startedAt;
  let spinner: import('ora').Ora | undefined;
  return {
    start: async (bytesTotal) => {
      if (bytesTotal >= WORTH_SHOWING_BYTES) spinner = (await import('ora')).default({ stream, discardStdin: false, hideCursor: false });
    },
    show: (progress) => {
      const now = world.now();
      if (spinner === undefined || now - drawnAt < REDRAW_MS) return;
      drawnAt = now;
      // Reading is synchronous, so the spinner's own timer never comes to draw.
      spinner.text = progressText(progress, now - startedAt);
      spinner.render();
    },
    end: () => void spinner?.stop().clear(),
  };
}

const SILENT: ProgressLine = { start: async () => {}, show: () => {}, end: () => {} };

export function progressText({ files, filesTotal, bytes, bytesTotal }: Progress, elapsedMs: number): string {
  const megabytes = (count: number): string => (count / 1e6).toFixed(count < 1e8 ? 1 : 0);
  const perSecond = elapsedMs > 0 ? bytes / (elapsedMs / 1000) : 0;
  const left = elapsedMs >= SETTLED_MS && perSecond > 0 ? ` · ${Math.ceil((bytesTotal - bytes) / perSecond)} s left` : '';
  return `Reading ${files} of ${filesTotal} files · ${megabytes(bytes)} of ${megabytes(bytesTotal)} MB · ${megabytes(perSecond)} MB/s${left}`;
}
