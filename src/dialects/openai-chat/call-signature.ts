import { isJsonObject, type JsonObject } from '../../kernel/json.ts';
import type { Opaque } from '../../protocol/chat-parts.ts';
import { OPENAI_CHAT } from './name.ts';

/**
 * Gemini behind an address of OpenAI's format signs its calls beside them, and refuses a call that comes back unsigned:
 * https://ai.google.dev/gemini-api/docs/thought-signatures#openai
 * The opaque form is the whole `extra_content`, whose inner name differs between Google's services.
 */
export function readCallSignature(call: JsonObject): Opaque | undefined {
  const extra = call['extra_content'];
  if (!isJsonObject(extra)) return undefined;
  const isSigned = Object.values(extra).some(
    (inner) => isJsonObject(inner) && typeof inner['thought_signature'] === 'string',
  );
  return isSigned ? { dialect: OPENAI_CHAT, kind: 'signature', value: JSON.stringify(extra) } : undefined;
}
