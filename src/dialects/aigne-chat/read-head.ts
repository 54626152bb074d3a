import { isJsonObject, type JsonObject } from '../../kernel/json.ts';
import type { Operation } from '../../protocol/operation.ts';
import type { RequestHead } from '../contract.ts';
import { endUserOf, optionalBoolean, optionalObject, readModel } from '../fields.ts';

/** The model of a chat that names none, as the API documents it. */
const DEFAULT_CHAT_MODEL = 'gpt-3.5-turbo';
const EVENT_STREAM = 'text/event-stream';

/**
 * What a request says of itself. The documented library asks for a stream by accepting events; `stream` in the body has
 * the last word.
 * @throws GatewayError `request.invalid` with the field that is wrong
 */
export function readHead(body: JsonObject, operation: Operation, accept: string | undefined): RequestHead {
  const isChat = operation === 'chat' || operation === 'completions';
  const stream = optionalBoolean(body, 'stream') ?? accept?.includes(EVENT_STREAM) ?? false;
  return {
    model: isChat ? chatModel(body) : otherModel(body),
    streamed: isChat && stream,
    wantsUsage: true,
    manyChoices: typeof body['n'] === 'number' && body['n'] > 1,
    endUser: endUserOf(body['user'] ?? body['safety_identifier'] ?? body['safetyIdentifier']),
    references: [],
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
