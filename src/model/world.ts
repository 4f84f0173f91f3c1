/** Everything outside of the program that it may look at. Passed in, so a test can be a world. */
export interface World {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly cwd: string;
  readonly platform: string;
  /** The clock, epoch ms. */
  now(): number;
  /** The system's time zone. */
  readonly timeZone: string;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Asks the person at the terminal; absent where there is none. */
  readonly ask?: ((question: string) => Promise<string>) | undefined;
  /** Shows a long text a screen at a time; false: it could not. Absent off a terminal. */
  readonly page?: ((text: string) => Promise<boolean>) | undefined;
  /** From now on Ctrl-C aborts this instead of ending the process; pressed again, it does end it. Absent: nobody can press it. */
  interruption?(): AbortSignal;
}

export interface Output {
  write(text: string): void;
  readonly isTty: boolean;
  /** Width in characters; undefined: unknown, as in a pipe. */
  readonly columns: number | undefined;
  /** Height in lines, of a terminal. */
  readonly rows?: number | undefined;
  /** The stream itself, for a library that draws on a terminal. */
  readonly stream?: NodeJS.WriteStream;
}
