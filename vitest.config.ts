import { configDefaults, defineConfig } from 'vitest/config';

/** Tests that put something else in place of a module, and so must not share modules with others. */
const ALONE = ['src/storage/row-security-alone.test.ts'];
const END_TO_END = ['test/e2e/**/*.test.ts'];

export default defineConfig({
  test: {
    // Programs of others, which `npm run clients` installs first.
    exclude: [...configDefaults.exclude, 'test/clients/**'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // One more than the cores of a small machine: what runs end to end waits more than it works.
    maxWorkers: 3,
    // A process of its own for each of three hundred files costs more than most of them do.
    isolate: false,
    projects: [
      {
        extends: true,
        test: {
          name: 'parts',
          include: ['src/**/*.test.ts', 'dashboard/src/**/*.test.ts', 'test/**/*.test.ts'],
          exclude: [...ALONE, ...END_TO_END],
        },
      },
      { extends: true, test: { name: 'alone', include: ALONE, isolate: true } },
      {
        extends: true,
        test: { name: 'end to end', include: END_TO_END, globalSetup: 'test/support/store-template.ts' },
      },
    ],
  },
});
