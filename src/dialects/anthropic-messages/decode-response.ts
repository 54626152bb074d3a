import { GatewayError } from '../../kernel/errors.ts';
import { isJsonObject, type JsonObject } from '../../kernel/json.ts';
import type { ChatEvent } from '../../protocol/chat-events.ts';
import { parseExact } from '../exact-json.ts';
import { foreignHead, inputText, openBlock, textEvents } from './decode-blocks.ts';
import { refusalEvents } from './decode-refusal.ts';
import { faultOfEvent } from './faults.ts';
import { decodeFinish } from './finish.ts';
import { readUsage } from './usage.ts';

/**
 * A whole answer as its events: https://docs.anthropic.com/en/api/messages#response-content
 * @throws GatewayError `upstream.invalid_answer`, or the fault that it carries
 */
export function decodeResponse(body: Buffer): readonly ChatEvent[] {
  const answer = parseAnswer(body);
  const { content, id, model, usage } = answer;
  if (!Array.isArray(content)) throw new GatewayError('upstream.invalid_answer');
  const events: ChatEvent[] = [
    { type: 'start', id: textOf(id), servedModel: textOf(model), serviceTier: serviceTierOf(usage) },
  ];
  let block = 0;
  for (const wire of content) {
    if (!isJsonObject(wire)) continue;
    addBlock(events, wire, block);
    block += 1;
  }
  events.push(...refusalEvents(answer, block));
  const stopReason = textOf(answer['stop_reason']);
  // A whole answer always says why it ended.
  if (stopReason === undefined) throw new GatewayError('upstream.invalid_answer');
  const reason = decodeFinish(stopReason, textOf(answer['stop_sequence']));
  events.push({ type: 'choice-end', choice: 0, reason }, { type: 'usage', read: readUsage(usage) }, { type: 'finish' });
  return events;
}

/** The tier in which an answer was served stands within its usage. */
export function serviceTierOf(usage: unknown): string | undefined {
  return isJsonObject(usage) && typeof usage['service_tier'] === 'string' ? usage['service_tier'] : undefined;
}

/** An answer as a JSON object. @throws GatewayError `upstream.invalid_answer`, or the fault that it carries */
export function parseAnswer(body: Buffer): JsonObject {
  let answer: unknown;
  try {
    answer = parseExact(body.toString());
  } catch (cause) {
    throw new GatewayError('upstream.invalid_answer', { cause });
  }
  if (!isJsonObject(answer)) throw new GatewayError('upstream.invalid_answer');
  const fault = faultOfEvent(answer);
  if (fault !== undefined) throw fault;
  return answer;
}

/** A block that came whole. */
export function addBlock(events: ChatEvent[], wire: JsonObject, block: number): void {
  const { head = foreignHead(wire), events: content } = openBlock(wire, block);
  events.push({ type: 'block-start', choice: 0, block, head }, ...content);
  if (head.kind === 'tool-call') events.push(...textEvents(inputText(wire), block));
  events.push({ type: 'block-end', block });
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
