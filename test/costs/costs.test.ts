import { describe, expect, it } from 'vitest';
import type { ReadUsage } from '../../src/protocol/usage.ts';
import {
  costOf,
  passesThrough,
  tokensOf,
  usageOfPassedStream,
  usageOfPassedWhole,
  usageOfStream,
  usageOfWhole,
} from './read-usage.ts';
import { CLASSES, type CostRow, type CostTable } from './row.ts';
import { anthropicMessagesCosts } from './rows/anthropic-messages.ts';
import { bedrockConverseCosts } from './rows/bedrock-converse.ts';
import { geminiGenerateCosts } from './rows/gemini-generate.ts';
import { mediaRows } from './rows/media.ts';
import { ollamaChatCosts } from './rows/ollama-chat.ts';
import { openaiChatCosts } from './rows/openai-chat.ts';
import { openaiResponsesCosts } from './rows/openai-responses.ts';

/** What a provider says that a call used is what the hub books and charges, to the nano-dollar, whichever way it came. */

const TABLES: readonly CostTable[] = [
  openaiChatCosts,
  openaiResponsesCosts,
  anthropicMessagesCosts,
  geminiGenerateCosts,
  bedrockConverseCosts,
  ollamaChatCosts,
];

describe.each(TABLES)('$dialect', (table) => {
  const { dialect, rows, lacks } = table;

  describe.each(rows.map((row) => ({ name: nameOf(row), row })))('$name', ({ row }) => {
    it('whole, translated', () => expectCost(usageOfWhole(dialect, table.whole(row)), row));

    it('streamed, translated', () => expectCost(usageOfStream(dialect, table.stream(row)), row));

    if (!passesThrough(dialect)) return;

    it('whole, passed through, is read alike', () => {
      const read = usageOfPassedWhole(dialect, table.whole(row));
      expect(read).toEqual(usageOfWhole(dialect, table.whole(row)));
      expectCost(read, row);
    });

    it('streamed, passed through, is read alike', () => {
      const read = usageOfPassedStream(dialect, table.stream(row));
      expect(read).toEqual(usageOfStream(dialect, table.stream(row)));
      expectCost(read, row);
    });
  });

  it('shows every class, or says why it has none', () => {
    const shown = new Set(rows.flatMap(({ shows }) => shows));
    expect(CLASSES.filter((name) => !shown.has(name) && lacks[name] === undefined)).toEqual([]);
    expect(Object.keys(lacks).filter((name) => rows.some(({ shows }) => shows.some((each) => each === name)))).toEqual(
      [],
    );
  });
});

describe.each(mediaRows)('openai-media: $about', ({ ways, total, cost, card }) => {
  it.each(Object.entries(ways))('%s', (_way, read) => {
    const told = read();
    expect(told.anomalies).toEqual([]);
    expect(tokensOf(told)).toBe(total ?? 0);
    expect(costOf(told, card)).toBe(cost);
  });
});

function nameOf({ shows, of }: CostRow): string {
  return of === undefined ? shows.join(', ') : `${shows.join(', ')} (${of})`;
}

function expectCost(read: ReadUsage, row: CostRow): void {
  expect(read.anomalies).toEqual([]);
  expect(tokensOf(read)).toBe(row.total);
  expect(costOf(read, row.card)).toBe(row.cost);
}
