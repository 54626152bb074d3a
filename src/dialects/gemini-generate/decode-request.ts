import type { JsonObject } from '../../kernel/json.ts';
import { type ChatRequest, PLAIN_CHAT } from '../../protocol/chat-request.ts';
import { optionalObject, optionalString, without } from '../fields.ts';
import { Unexpressed } from '../unexpressed.ts';
import { decodeContents } from './decode-contents.ts';
import { decodeGeneration } from './decode-generation.ts';
import { decodeTools } from './decode-tools.ts';
import { GEMINI } from './name.ts';
import { withCamelKeys } from './wire-keys.ts';

const KNOWN_FIELDS = new Set([
  'model',
  'contents',
  'systemInstruction',
  'tools',
  'toolConfig',
  'generationConfig',
  'serviceTier',
]);

/**
 * Reads a request of the Gemini API: https://ai.google.dev/api/generate-content#request-body. Whether it is for a stream
 * stands in its address.
 * @throws GatewayError `request.invalid` with the path of the field that is wrong
 */
export function decodeRequest(wire: JsonObject): ChatRequest {
  const body = withCamelKeys(wire);
  const unexpressed = new Unexpressed();
  return {
    ...PLAIN_CHAT,
    dialect: GEMINI,
    messages: decodeContents(body, unexpressed),
    ...decodeTools(body, unexpressed),
    ...decodeGeneration(optionalObject(body, 'generationConfig') ?? {}, unexpressed),
    serviceTier: optionalString(body, 'serviceTier')?.toLowerCase(),
    wantsUsage: true,
    extra: { ...without(body, KNOWN_FIELDS), ...unexpressed.fields },
  };
}
