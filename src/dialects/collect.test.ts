import { expect, test } from 'vitest';
import type { ChatEvent } from '../protocol/chat-events.ts';
import { collectEvents } from './collect.ts';

test('an answer may have more log probabilities than a function may have arguments', () => {
  const token = { token: 'a', logprob: 0, bytes: null, top_logprobs: [] };
  const events: ChatEvent[] = [
    { type: 'start', id: 'a', servedModel: 'm' },
    { type: 'block-start', choice: 0, block: 0, head: { kind: 'text' } },
    { type: 'block-logprobs', block: 0, logprobs: Array.from({ length: 200_000 }, () => token) },
    { type: 'block-end', block: 0 },
    { type: 'finish' },
  ];
  const [choice] = collectEvents(events).response.choices;
  expect(choice?.parts[0]?.logprobs).toHaveLength(200_000);
});
