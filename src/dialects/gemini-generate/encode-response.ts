import type { JsonObject } from '../../kernel/json.ts';
import type { ChatResponse } from '../../protocol/chat-events.ts';
import type { Usage } from '../../protocol/usage.ts';
import type { Answering, EncodedAnswer } from '../contract.ts';
import { emitResponse } from '../emit.ts';
import { Losses } from '../losses.ts';
import { encodeUsage } from './encode-usage.ts';
import { PartWriter } from './part-writer.ts';
import { blockOf, headOf, wantsThoughts } from './stream-encoder.ts';

/** A whole answer: https://ai.google.dev/api/generate-content#v1beta.GenerateContentResponse */
export function encodeResponse(response: ChatResponse, usage: Usage, answering: Answering): EncodedAnswer {
  const losses = new Losses();
  const writer = new PartWriter(losses, { showsThoughts: wantsThoughts(answering.request.reasoning) });
  const parts = new Map<number, JsonObject[]>();
  for (const event of emitResponse(response)) {
    for (const { choice, part } of writer.push(event)) {
      const said = parts.get(choice) ?? [];
      parts.set(choice, said);
      addPart(said, part);
    }
  }
  const candidates = writer.choices.map((index) => ({
    content: { ...(parts.has(index) ? { parts: parts.get(index) ?? [] } : {}), role: 'model' },
    ...writer.endOf(index),
  }));
  const body: JsonObject = {
    ...(blockOf(writer) ?? { candidates }),
    usageMetadata: encodeUsage(usage),
    ...headOf(response, answering),
  };
  return { body, losses: losses.list };
}

/** A signature belongs to the words before it, which are whole here. */
function addPart(said: JsonObject[], part: JsonObject): void {
  const last = said.at(-1);
  const isSeal = part['text'] === '' && part['thoughtSignature'] !== undefined;
  const isOfLast = last !== undefined && typeof last['text'] === 'string' && last['thought'] === part['thought'];
  if (!isSeal || !isOfLast || last['thoughtSignature'] !== undefined) said.push(part);
  else said[said.length - 1] = { ...last, thoughtSignature: part['thoughtSignature'] };
}
