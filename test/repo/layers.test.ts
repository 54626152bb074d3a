import { describe, expect, it } from 'vitest';
import { findLayerViolations, KNOWN_LAYERS } from './layers.ts';
import { readSources } from './source-files.ts';

const sources = readSources(['src'], ['.ts']);

describe('the layers of src', () => {
  it('are kept by every import', () => {
    expect(findLayerViolations(sources)).toEqual([]);
  });

  it('hold every folder and module', () => {
    const found = new Set([...sources.keys()].map((path) => path.split('/')[1]?.replace(/(\.test)?\.ts$/, '')));
    expect([...found].filter((layer) => layer === undefined || !KNOWN_LAYERS.has(layer))).toEqual([]);
  });
});

describe('the check itself', () => {
  it.each([
    ['a kernel that imports anything', 'src/kernel/a.ts', "import { b } from '../protocol/b.ts';"],
    ['a stage that imports a stage', 'src/routing/a.ts', "import type { B } from '../vault/b.ts';"],
    ['a stage that imports another’s ports', 'src/routing/a.ts', "import type { B } from '../vault/ports.ts';"],
    ['a stage that imports the store', 'src/vault/a.ts', "import { b } from '../storage/b.ts';"],
    ['a store that imports more than ports', 'src/storage/a.ts', "import { b } from '../vault/envelope.ts';"],
    ['a store that imports more of the ledger', 'src/storage/a.ts', "import { b } from '../ledger/apply.ts';"],
    ['a plane that imports the other', 'src/dataplane/a.ts', "import { b } from '../controlplane/b.ts';"],
    ['a plane that imports the store', 'src/controlplane/x/a.ts', "import { b } from '../../storage/b.ts';"],
    ['a stage that imports the composition root', 'src/jobs/a.ts', "import { b } from '../compose.ts';"],
    ['an import over several lines', 'src/jobs/a.ts', "import {\n  type B,\n  c,\n} from '../compose.ts';"],
    ['an import at run time', 'src/jobs/a.ts', "const b = await import('../vault/b.ts');"],
    ['an import for its effect', 'src/jobs/a.ts', "import '../vault/b.ts';"],
    ['an export from elsewhere', 'src/jobs/a.ts', "export * from '../vault/b.ts';"],
    ['a worker from elsewhere', 'src/jobs/a.ts', "new Worker(new URL('../storage/w.ts', import.meta.url));"],
    ['a dialect that imports a dialect', 'src/dialects/openai/a.ts', "import { b } from '../gemini/b.ts';"],
    ['code that imports a test', 'src/jobs/a.ts', "import { b } from './b.test.ts';"],
    ['code that imports from outside src', 'src/jobs/a.ts', "import { b } from '../../test/support/b.ts';"],
    ['a folder that nobody put in the table', 'src/misc/a.ts', "import { b } from '../kernel/b.ts';"],
  ])('catches %s', (_, path, text) => {
    const [violation, ...rest] = findLayerViolations(new Map([[path, `\n${text}`]]));
    expect(violation?.where).toBe(`${path}:2`);
    expect(violation?.message).toMatch(/: ./);
    expect(rest).toEqual([]);
  });

  it.each([
    ['pointing down', 'src/routing/a.ts', "import { b } from '../protocol/b.ts';\nimport { c } from '../kernel/c.ts';"],
    ['within a stage', 'src/vault/a.ts', "import { b } from './ports.ts';"],
    [
      'of the ports that a store implements',
      'src/storage/repositories/a.ts',
      "import type { B } from '../../vault/ports.ts';",
    ],
    ['of what the ledger decides', 'src/storage/a.ts', "import { b } from '../ledger/transaction.ts';"],
    ['of a package', 'src/vault/a.ts', "import { z } from 'zod';"],
    [
      'in a comment',
      'src/vault/a.ts',
      "// import { b } from '../storage/b.ts';\n/* export * from '../storage/b.ts'; */",
    ],
    ['in a test', 'src/vault/a.test.ts', "import { b } from '../storage/b.ts';"],
    ['of a dialect’s shared file', 'src/dialects/openai/a.ts', "import { b } from '../sse.ts';"],
    [
      'by the composition root',
      'src/compose.ts',
      "import { b } from './storage/b.ts';\nimport { c } from './vault/c.ts';",
    ],
  ])('allows an import %s', (_, path, text) => {
    expect(findLayerViolations(new Map([[path, text]]))).toEqual([]);
  });
});
