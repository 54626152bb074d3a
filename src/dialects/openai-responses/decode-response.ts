import { GatewayError } from '../../kernel/errors.ts';
import { isJsonObject, type JsonObject, parseJsonOrUndefined } from '../../kernel/json.ts';
import type { ChatEvent } from '../../protocol/chat-events.ts';
import { faultOfResponse } from './faults.ts';
import { readFinish } from './finish.ts';
import { OutputDecoder } from './output-decoder.ts';
import { readUsage } from './usage.ts';

/**
 * Reads a whole answer: https://platform.openai.com/docs/api-reference/responses/object
 * @throws GatewayError `upstream.invalid_answer` where it is no Response, or the fault that it carries
 */
export function decodeResponse(body: Buffer): readonly ChatEvent[] {
  const response = parseResponse(body);
  const decoder = new OutputDecoder();
  decodeOutput(decoder, response);
  const start: ChatEvent = {
    type: 'start',
    id: stringOf(response, 'id'),
    servedModel: stringOf(response, 'model'),
    serviceTier: stringOf(response, 'service_tier'),
  };
  const reason = readFinish(stringOf(response, 'status'), response, decoder.held);
  return [
    start,
    ...decoder.take(),
    { type: 'choice-end', choice: 0, reason },
    { type: 'usage', read: readUsage(response) },
    { type: 'finish' },
  ];
}

/** Every item of a Response that is whole. */
export function decodeOutput(decoder: OutputDecoder, response: JsonObject): void {
  const output = Array.isArray(response['output']) ? response['output'] : [];
  for (let index = 0; index < output.length; index += 1) {
    const item = output[index];
    if (isJsonObject(item)) decoder.done(index, item);
  }
  decoder.closeAll();
}

/**
 * A Response that is an answer: whole, or as much as there is.
 * @throws GatewayError `upstream.invalid_answer`, or the fault that it carries
 */
export function parseResponse(body: Buffer): JsonObject {
  const response = parseJsonOrUndefined(body.toString());
  if (!isJsonObject(response)) throw new GatewayError('upstream.invalid_answer');
  const fault = faultOfResponse(response);
  if (fault !== undefined) throw fault;
  const { status, output } = response;
  if (!Array.isArray(output) || status === 'queued' || status === 'in_progress') {
    throw new GatewayError('upstream.invalid_answer');
  }
  return response;
}

function stringOf(object: JsonObject, key: string): string | undefined {
  const value = object[key];
  return typeof value === 'string' ? value : undefined;
}
