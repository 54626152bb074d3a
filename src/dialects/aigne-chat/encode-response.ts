import { isJsonObject, type JsonObject, type JsonValue } from '../../kernel/json.ts';
import type { ChatResponse } from '../../protocol/chat-events.ts';
import type { Usage } from '../../protocol/usage.ts';
import type { Answering, EncodedAnswer, InboundFace } from '../contract.ts';
import { encodeUsage } from './usage.ts';

/**
 * One answer that every documented reader accepts: OpenAI's object, and beside its choices the first of them flat, as
 * `role`, `content`, `text` and, where there are calls, `tool_calls` and `toolCalls`.
 */
export function encodeResponse(
  openai: InboundFace,
  answer: { readonly response: ChatResponse; readonly usage: Usage },
  answering: Answering,
): EncodedAnswer {
  const { body, losses } = openai.encodeResponse(answer.response, answer.usage, answering);
  const { usage: _inOneSpelling, ...rest } = body;
  const { charge, recordId } = answering;
  const usage = encodeUsage(answer.usage, { charge, recordId });
  return {
    body: {
      ...rest,
      model: answering.modelWithProvider,
      ...flatMessage(firstMessage(body['choices'])),
      ...(usage === undefined ? {} : { usage }),
    },
    losses,
  };
}

function firstMessage(choices: JsonValue | undefined): JsonObject {
  const first = Array.isArray(choices) ? choices[0] : undefined;
  const message = isJsonObject(first) ? first['message'] : undefined;
  return isJsonObject(message) ? message : {};
}

function flatMessage(message: JsonObject): JsonObject {
  const content = typeof message['content'] === 'string' ? message['content'] : '';
  const refusal = typeof message['refusal'] === 'string' ? message['refusal'] : '';
  const calls = message['tool_calls'];
  // What a flat reader shows must not be empty where the model said why it will not answer.
  const text = content === '' ? refusal : content;
  return {
    role: 'assistant',
    content: text,
    text,
    ...(Array.isArray(calls) && calls.length > 0 ? { tool_calls: calls, toolCalls: calls } : {}),
  };
}
