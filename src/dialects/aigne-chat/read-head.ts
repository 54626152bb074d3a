import { isJsonObject, type JsonObject } from '../../kernel/json.ts';
import type { InboundFace, RequestHead } from '../contract.ts';
import { endUserOf, optionalBoolean, optionalObject, readModel } from '../fields.ts';

/** The model of a chat that names none, as the API documents it. */
const DEFAULT_CHAT_MODEL = 'gpt-3.5-turbo';
const EVENT_STREAM = 'text/event-stream';

type Asked = Parameters<InboundFace['readHead']>;

/**
 * What a request says of itself. The documented library asks for a stream by accepting events; `stream` in the body has
 * the last word. Messages are OpenAI's, and so is what they refer to at a provider.
 * @throws GatewayError `request.invalid` with the field that is wrong
 */
export function readHead(openai: InboundFace, ...[body, operation, accept]: Asked): RequestHead {
  const isChat = operation === 'chat' || operation === 'completions';
  const stream = optionalBoolean(body, 'stream') ?? accept?.includes(EVENT_STREAM) ?? false;
  const model = isChat ? chatModel(body) : otherModel(body);
  return {
    model,
    streamed: isChat && stream,
    wantsUsage: true,
    manyChoices: typeof body['n'] === 'number' && body['n'] > 1,
    endUser: endUserOf(body['user'] ?? body['safety_identifier'] ?? body['safetyIdentifier']),
    references: openai.readHead({ model, messages: body['messages'] }, operation, accept).references,
  };
}

function chatModel(body: JsonObject): string {
  const { model } = body;
  return model === undefined || model === null ? DEFAULT_CHAT_MODEL : readModel(body);
}

/** The model of embeddings stands flat, or in the framework's frame, which the same address takes. */
function otherModel(body: JsonObject): string {
  const frame = body['input'];
  if (!isJsonObject(frame)) return readModel(body);
  return readModel(optionalObject(frame, 'modelOptions', 'input') ?? {}, 'model', 'input.modelOptions');
}
