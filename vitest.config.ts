import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 240_000,
    maxWorkers: '100%',
    // No test may depend on the machine it runs on.
    env: { TZ: 'UTC', NO_COLOR: '', FORCE_COLOR: '' },
  },
});
