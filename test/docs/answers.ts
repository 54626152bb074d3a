import { expect } from 'vitest';
import { isJsonObject, type JsonValue, parseJson } from '../../src/kernel/json.ts';
import { escapeForPattern, type Step } from './page.ts';

/** What a step printed. */
export type Printed = { readonly out: string; readonly err: string };

/**
 * Holds what was printed against what the page shows, in which `…` stands for anything. A page shortens: JSON has at least
 * the fields and elements that are shown, text at least the lines, in their order.
 */
export function expectAnswer(answer: NonNullable<Step['answer']>, printed: Printed): void {
  if (answer.kind === 'json') {
    expect(parseJson(printed.out)).toEqual(shape(parseJson(answer.text)));
    return;
  }
  const lines = `${printed.out}\n${printed.err}`.split('\n');
  let next = 0;
  for (const wanted of answer.text.trimEnd().split('\n')) {
    const found = lines.findIndex((line, index) => index >= next && pattern(wanted).test(line.trimEnd()));
    expect(found, `“${wanted}” in its place among:\n${lines.join('\n')}`).toBeGreaterThanOrEqual(next);
    next = found + 1;
  }
}

function shape(shown: JsonValue): unknown {
  if (typeof shown === 'string') return shown.includes('…') ? expect.stringMatching(pattern(shown)) : shown;
  if (Array.isArray(shown)) return expect.arrayContaining(shown.map(shape));
  if (!isJsonObject(shown)) return shown;
  return expect.objectContaining(
    Object.fromEntries(Object.entries(shown).map(([name, value]) => [name, shape(value ?? null)])),
  );
}

function pattern(shown: string): RegExp {
  return new RegExp(`^${shown.split('…').map(escapeForPattern).join('.*')}$`, 'su');
}
