import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** The programs of others are heavy, so these tests are run by `npm run clients` and not by `npm test`. */
export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  test: {
    include: ['test/clients/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
});
