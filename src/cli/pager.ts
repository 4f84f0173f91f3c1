import { spawnSync } from 'node:child_process';

/** Shows a text with $PAGER, else with less; false where there is none, or none is wanted. */
export function showPaged(text: string, env: NodeJS.ProcessEnv): boolean {
  const pager = env['PAGER'] ?? 'less -FRX';
  if (pager.trim() === '' || pager.trim() === 'cat') return false;
  const stay = (): void => {}; // Ctrl-C is the pager's
  process.on('SIGINT', stay);
  try {
    const { error, status } = spawnSync(pager, {
      shell: true,
      input: text,
      stdio: ['pipe', 'inherit', 'inherit'],
      env: { LESSCHARSET: 'utf-8', ...env },
    });
    // Reading only a part breaks the pipe, which is no failure; 127: the shell found no such program.
    return status !== null && status !== 127 && status !== 126 && (error === undefined || ('code' in error && error.code === 'EPIPE'));
  } finally {
    process.off('SIGINT', stay);
  }
}
