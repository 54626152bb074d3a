import { describe, expect, it } from 'vitest';
import type { ReadUsage } from '../../src/protocol/usage.ts';
import { PROVIDER_CASES } from '../e2e/providers/index.ts';
import type { RecordedCase } from '../e2e/providers/provider-case.ts';
import { ownNumbersOf } from './own-numbers.ts';
import {
  costOf,
  passesThrough,
  tokensOf,
  usageOfPassedStream,
  usageOfPassedWhole,
  usageOfStream,
  usageOfWhole,
} from './read-usage.ts';
import { type Recording, recordingsIn } from './recordings.ts';

/** Real answers of providers, as libraries that speak to them have recorded them for tests of their own. */

/** Made up, to show an answer that another one was spliced into. */
const BROKEN = /spliced-message-start/;
const FOLDER = process.env['HUB_TEST_RECORDINGS'];

describe.skipIf(FOLDER === undefined)(
  `what recorded answers say that was used${FOLDER === undefined ? ' (not run: set HUB_TEST_RECORDINGS)' : ''}`,
  () => {
    const recordings = (FOLDER === undefined ? [] : recordingsIn(FOLDER)).filter(({ name }) => !BROKEN.test(name));

    it('is looked for in a folder that holds some of each format', () => {
      const found = Map.groupBy(recordings, ({ dialect }) => dialect);
      expect([...found.keys()].toSorted()).toEqual([
        'anthropic-messages',
        'bedrock-converse',
        'gemini-generate',
        'openai-chat',
        'openai-responses',
      ]);
    });

    it.each(PROVIDER_CASES.filter(({ recorded }) => recorded !== undefined))(
      'holds of $name what its page calls recorded',
      ({ recorded }) => {
        const own = recordings.filter(({ name }) => recorded?.files.test(name) === true);
        const isSeen: Readonly<Record<RecordedCase, boolean>> = {
          chat: own.some(({ streamed }) => !streamed),
          stream: own.some(({ streamed }) => streamed),
          tools: own.some(({ text }) => /tool_calls|tool_use|toolUse|functionCall|function_call/.test(text)),
          usage: own.some(({ dialect, usage }) => {
            const { cached, reasoning } = ownNumbersOf(dialect, usage);
            return cached > 0 || reasoning > 0;
          }),
        };
        expect(recorded?.cases.filter((name) => !isSeen[name])).toEqual([]);
      },
    );

    it.each(recordings)('$name', (recording) => {
      const read = readings(recording);
      const own = ownNumbersOf(recording.dialect, recording.usage);
      for (const each of read) {
        expect(each).toEqual(read[0]);
        expect(tokensOf(each)).toBe(own.total);
        expect(each.usage.cachedInputTokens ?? 0).toBe(own.cached);
        expect(each.usage.reasoningTokens ?? 0).toBe(own.reasoning);
        expect(costOf(each)).toBeTypeOf('bigint');
      }
    });
  },
);

/** In each way in which the hub reads it. */
function readings({ dialect, streamed, text }: Recording): readonly ReadUsage[] {
  const translated = streamed ? usageOfStream(dialect, text) : usageOfWhole(dialect, text);
  if (!passesThrough(dialect)) return [translated];
  return [translated, streamed ? usageOfPassedStream(dialect, text) : usageOfPassedWhole(dialect, text)];
}
