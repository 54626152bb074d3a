import type { JsonObject } from '../../kernel/json.ts';
import type { ChatResponse } from '../../protocol/chat-events.ts';
import type { Usage } from '../../protocol/usage.ts';
import type { Answering, EncodedAnswer } from '../contract.ts';
import { Losses } from '../losses.ts';
import { encodeAnswerPart } from './encode-answer-parts.ts';
import { encodeEnd, encodeHead, encodeTier } from './encode-message.ts';
import { encodeUsage } from './encode-usage.ts';

/** A whole answer: https://docs.anthropic.com/en/api/messages#response-id. Only its first choice has a place. */
export function encodeResponse(response: ChatResponse, usage: Usage, answering: Answering): EncodedAnswer {
  const losses = new Losses();
  const [first, ...others] = response.choices;
  if (others.length > 0) losses.add('choices', 'there is one answer');
  const parts = first?.parts ?? [];
  const refusal = parts.map((part) => (part.type === 'refusal' ? part.text : '')).join('');
  const hasCall = parts.some(({ type }) => type === 'tool-call');
  const body: JsonObject = {
    ...encodeHead(response.id, answering),
    content: parts.map((part) => encodeAnswerPart(part, { answering, losses })).filter((block) => block !== undefined),
    ...encodeEnd(first?.reason ?? { kind: 'other', raw: undefined }, { hasCall, refusal }, losses),
    usage: { ...encodeUsage(usage), ...encodeTier(response.serviceTier) },
  };
  return { body, losses: losses.list };
}
