import { isJsonObject, type JsonObject } from '../../kernel/json.ts';
import type { ChatEvent } from '../../protocol/chat-events.ts';

/**
 * The words of a refusal: a classifier that stops the answer explains itself beside the content, in `stop_details`.
 * https://docs.anthropic.com/en/docs/test-and-evaluate/strengthen-guardrails/handle-streaming-refusals
 */
export function refusalEvents(ended: JsonObject, block: number): readonly ChatEvent[] {
  const { stop_details: details } = ended;
  if (ended['stop_reason'] !== 'refusal' || !isJsonObject(details)) return [];
  const { explanation } = details;
  if (typeof explanation !== 'string' || explanation === '') return [];
  return [
    { type: 'block-start', choice: 0, block, head: { kind: 'refusal' } },
    { type: 'block-delta', block, text: explanation },
    { type: 'block-end', block },
  ];
}
