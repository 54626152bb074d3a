import { DIALECTS } from '../dialects/index.ts';
import type { NewWireId } from '../kernel/ids.ts';
import { PLAIN_CHAT } from '../protocol/chat-request.ts';
import { NO_QUIRKS } from '../protocol/deployment.ts';
import type { WriteSmallestChat } from '../providers/connection-ports.ts';

const NO_FACTS = {
  displayName: undefined,
  contextTokens: undefined,
  maxOutputTokens: undefined,
  inputModalities: undefined,
  outputModalities: undefined,
  embeddingDimensions: undefined,
  createdAt: undefined,
};

/** Writes one word and the wish for one token in any format that the hub speaks to providers. */
export function createSmallestChat(newId: NewWireId): WriteSmallestChat {
  return ({ dialect, path }, model) => {
    const face = DIALECTS.get(dialect)?.outbound;
    if (face === undefined) return undefined;
    const { call } = face.encodeRequest(
      { ...PLAIN_CHAT, messages: [{ role: 'user', parts: [{ type: 'text', text: 'Hi' }] }], maxOutputTokens: 1 },
      { upstreamModel: model, path, quirks: NO_QUIRKS, facts: NO_FACTS, newId },
    );
    return { path: call.path, headers: call.headers, body: call.body.toString() };
  };
}
