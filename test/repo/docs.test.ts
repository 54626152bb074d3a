import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ERRORS, type ErrorEntry } from '../../src/kernel/errors.ts';
import { listSettings } from '../../src/settings/schema.ts';
import { renderEnvExample, withSettingsTable } from '../../tools/render-settings.ts';
import { REPOSITORY } from './source-files.ts';

const read = (path: string) => readFileSync(join(REPOSITORY, path), 'utf8');
const HINT = 'run `node tools/write-docs.ts`';

describe('docs/configuration.md', () => {
  it('shows the settings as the schema has them', () => {
    const text = read('docs/configuration.md');
    expect(text, HINT).toBe(withSettingsTable(text));
  });
});

describe('.env.example', () => {
  it('is what the schema says', () => {
    expect(read('.env.example'), HINT).toBe(renderEnvExample());
  });
});

describe('the settings', () => {
  it('have variables and flags that no two of them share', () => {
    const names = listSettings().flatMap(({ facts }) => [
      ...facts.env,
      ...(facts.flag === undefined ? [] : [facts.flag]),
    ]);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });
});

describe('docs/errors.md', () => {
  const rows = [
    ...read('docs/errors.md').matchAll(/^\| `([a-z]+\.[a-z0-9_]+)` \| (\d{3}) \| (yes|no) \| (.+) \| (.+) \|$/gm),
  ];

  it('has a row for every code, with its status, and for no other', () => {
    const inDocs = rows.map(([, code, status, retry]) => `${code} ${status} ${retry}`);
    const inCode = Object.entries<ErrorEntry>(ERRORS).map(
      ([code, { status, retryable }]) => `${code} ${status} ${retryable ? 'yes' : 'no'}`,
    );
    expect(inDocs.toSorted(), HINT).toEqual(inCode.toSorted());
  });

  it('says what each means and what to do, in the catalogue’s words', () => {
    for (const [, code = '', , , meaning, remedy] of rows) {
      const entry = Object.entries<ErrorEntry>(ERRORS).find(([known]) => known === code)?.[1];
      expect([meaning, remedy], HINT).toEqual([entry?.message, entry?.remedy]);
    }
  });
});
