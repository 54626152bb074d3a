import { isJsonObject, type JsonObject } from '../../kernel/json.ts';
import type { Operation } from '../../protocol/operation.ts';
import type { RequestHead } from '../contract.ts';
import { endUserOf, optionalBoolean, optionalObject, readModel } from '../fields.ts';

/** The model of a chat that names none, as the client library has it: https://www.aigne.io/framework */
const DEFAULT_CHAT_MODEL = 'openai/gpt-5-mini';

/**
 * What a request of `/api/v2/chat` or `/api/v2/embeddings` says of itself. The model stands in the options of the input;
 * embeddings are asked for in that form or flat.
 * @throws GatewayError `request.invalid` with the field that is wrong
 */
export function readHead(body: JsonObject, operation: Operation): RequestHead {
  const isFlat = operation === 'embeddings' && !isJsonObject(body['input']);
  const where = isFlat ? '' : 'input.modelOptions';
  const named = isFlat ? body : modelOptionsOf(body);
  const mayBeUnnamed = operation === 'chat' && (named['model'] === undefined || named['model'] === null);
  const options = optionalObject(body, 'options') ?? {};
  return {
    model: mayBeUnnamed ? DEFAULT_CHAT_MODEL : readModel(named, 'model', where),
    streamed: operation === 'chat' && (optionalBoolean(options, 'streaming', 'options') ?? false),
    wantsUsage: true,
    manyChoices: false,
    endUser: endUserOf(named['user']),
    references: [],
  };
}

function modelOptionsOf(body: JsonObject): JsonObject {
  const input = optionalObject(body, 'input') ?? {};
  return optionalObject(input, 'modelOptions', 'input') ?? {};
}
