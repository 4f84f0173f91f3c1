/** Wrong use of the program: exit 2. One sentence, and what would be right. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly hint: string | undefined;
  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}

/** Right use that cannot succeed: exit 1, or `exitCode` where the situation has a code of its own. */
export class FailError extends Error {
  override readonly name = 'FailError';
  readonly hint: string | undefined;
  readonly exitCode: number;
  constructor(message: string, hint?: string, options: { cause?: unknown; exitCode?: number } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.hint = hint;
    this.exitCode = options.exitCode ?? 1;
  }
}

/** Exit codes of the program; scripts rely on them. */
export const EXIT = { ok: 0, failed: 1, usage: 2, issues: 3, locked: 4, stale: 5, interrupted: 130 } as const;
