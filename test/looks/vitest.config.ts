import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** Every page in every look: minutes in a browser, so apart from the tests that run for each change. */
export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  test: {
    include: ['test/looks/*.looks.ts'],
    // The empty hub and the full one, each with a browser of its own.
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 180_000,
  },
});
