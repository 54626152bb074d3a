import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { DIALECTS } from '../../src/dialects/index.ts';
import { CALLERS } from './pairs/callers/index.ts';
import { runMatrix } from './pairs/matrix.ts';
import { PROVIDERS } from './pairs/providers.ts';
import { renderMatrix } from './pairs/render.ts';

/** Every feature between every caller’s and every provider’s dialect; docs/conformance.md shows what comes of it. */

const PAGE = fileURLToPath(new URL('../../docs/conformance.md', import.meta.url));

const matrix = runMatrix();

it('has a row of columns for every dialect', () => {
  const speaking = (face: 'inbound' | 'outbound'): readonly string[] =>
    [...DIALECTS.values()].filter((dialect) => dialect[face] !== undefined).map(({ name }) => name);
  expect(Object.keys(CALLERS).toSorted()).toEqual(speaking('inbound').toSorted());
  expect(Object.keys(PROVIDERS).toSorted()).toEqual(speaking('outbound').toSorted());
});

describe.each([...matrix])('a caller of %s', (_caller, rows) => {
  it.each(rows.map((row) => [row.feature, row] as const))('loses nothing in silence: %s', (_feature, { cells }) => {
    const providers = Object.keys(PROVIDERS);
    const wrong = cells.flatMap((cell, index) =>
      cell.kind === 'silent' || cell.kind === 'refused' ? [{ provider: providers[index], ...cell }] : [],
    );
    expect(wrong).toEqual([]);
  });
});

it('is what docs/conformance.md shows; `UPDATE_CONFORMANCE=1` writes it anew', () => {
  const text = renderMatrix(matrix);
  if (process.env['UPDATE_CONFORMANCE'] === '1') writeFileSync(PAGE, text);
  expect(existsSync(PAGE) ? readFileSync(PAGE, 'utf8') : '').toBe(text);
});
