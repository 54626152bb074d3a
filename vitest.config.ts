import { configDefaults, defineConfig } from 'vitest/config';

/** Tests that put something else in place of a module, and so must not share modules with others. */
const ALONE = ['src/storage/row-security-alone.test.ts'];

export default defineConfig({
  test: {
    // Programs of others, which `npm run clients` installs first.
    exclude: [...configDefaults.exclude, 'test/clients/**'],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          name: 'all',
          include: ['src/**/*.test.ts', 'dashboard/src/**/*.test.ts', 'test/**/*.test.ts'],
          exclude: ALONE,
          // A process of its own for each of three hundred files costs more than most of them do.
          isolate: false,
        },
      },
      { extends: true, test: { name: 'alone', include: ALONE } },
    ],
  },
});
