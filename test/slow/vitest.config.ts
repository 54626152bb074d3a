import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** Tests that take minutes because what they are about does: they wait, and need the packages of `npm run clients`. */
export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  test: {
    include: ['test/slow/*.slow.ts'],
    testTimeout: 240_000,
    hookTimeout: 60_000,
    maxConcurrency: 20,
  },
});
