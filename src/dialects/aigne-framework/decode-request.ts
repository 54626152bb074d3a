import type { JsonObject } from '../../kernel/json.ts';
import {
  type ChatRequest,
  type ChatTool,
  PLAIN_CHAT,
  type ResponseFormat,
  type ToolChoice,
} from '../../protocol/chat-request.ts';
import {
  at,
  invalid,
  optionalBoolean,
  optionalObject,
  optionalObjects,
  optionalString,
  requiredObject,
  requiredString,
  without,
} from '../fields.ts';
import { type Caching, placeHints, readCaching, readMarker } from './cache-config.ts';
import { decodeMessages } from './decode-messages.ts';
import { decodeModelOptions, otherOptions } from './model-options.ts';

/** The name by which clients address a chat model itself and no agent. */
const CHAT_MODEL_AGENT = '$CHAT_MODEL';

/** `outputFileType` tells nothing to a model: each file of an answer says itself what it is. */
const KNOWN_INPUT: ReadonlySet<string> = new Set([
  'messages',
  'tools',
  'toolChoice',
  'responseFormat',
  'modelOptions',
  'outputFileType',
]);

/**
 * The body of `/api/v2/chat`: `{ input, agent, options }`. Of the options only `streaming` speaks to a chat model; user
 * context and memories are an agent's, and clients have put what matters of them into the messages.
 * @throws GatewayError `request.invalid` with the path of the field that is wrong
 */
export function decodeRequest(body: JsonObject): ChatRequest {
  const input = requiredObject(body, 'input');
  const options = optionalObject(body, 'options') ?? {};
  const modelOptions = optionalObject(input, 'modelOptions', 'input') ?? {};
  const caching = readCaching(modelOptions);
  const declared = decodeTools(input, caching);
  const { messages, tools } = placeHints({ messages: decodeMessages(input, caching), tools: declared }, caching);
  const decoded = decodeModelOptions(modelOptions);
  return {
    ...PLAIN_CHAT,
    ...decoded,
    // The client says it with every request; without tools it says nothing, and providers refuse it.
    parallelToolCalls: tools.length === 0 ? undefined : decoded.parallelToolCalls,
    messages,
    tools,
    toolChoice: decodeToolChoice(input),
    responseFormat: decodeResponseFormat(input),
    streamed: optionalBoolean(options, 'streaming', 'options') ?? false,
    wantsUsage: true,
    extra: {
      ...otherOptions(modelOptions),
      ...without(input, KNOWN_INPUT),
      ...otherExtra(body, options),
      ...toolMetadata(input),
      ...(caching.ttlSeconds === undefined ? {} : { 'cacheConfig.ttl': caching.ttlSeconds }),
    },
    dialect: 'aigne-framework',
  };
}

/** What asks for more than a chat model gives, by the names under which it is told as lost. */
function otherExtra(body: JsonObject, options: JsonObject): ChatRequest['extra'] {
  const agent = optionalString(body, 'agent');
  const wantsProgress = optionalBoolean(options, 'returnProgressChunks', 'options') ?? false;
  return {
    ...(agent === undefined || agent === CHAT_MODEL_AGENT ? {} : { agent }),
    ...(wantsProgress ? { returnProgressChunks: true } : {}),
  };
}

function toolMetadata(input: JsonObject): ChatRequest['extra'] {
  const metadata = (optionalObjects(input, 'tools', 'input') ?? []).find(
    (tool) => Object.keys(optionalObject(tool, 'metadata') ?? {}).length > 0,
  )?.['metadata'];
  return metadata === undefined ? {} : { 'tools.metadata': metadata };
}

function decodeTools(input: JsonObject, caching: Caching): readonly ChatTool[] {
  return (optionalObjects(input, 'tools', 'input') ?? []).map((tool, index) => {
    const where = `input.tools[${index}]`;
    if (tool['type'] !== 'function') throw invalid(at(where, 'type'), 'must be `function`');
    const fn = requiredObject(tool, 'function', where);
    const path = at(where, 'function');
    const parameters = optionalObject(fn, 'parameters', path) ?? {};
    const cache = readMarker(tool, where, caching);
    return {
      kind: 'function',
      name: requiredString(fn, 'name', path),
      description: optionalString(fn, 'description', path),
      parameters: Object.keys(parameters).length === 0 ? undefined : parameters,
      strict: optionalBoolean(fn, 'strict', path),
      ...(cache === undefined ? {} : { cache }),
    };
  });
}

function decodeToolChoice(input: JsonObject): ToolChoice | undefined {
  const { toolChoice } = input;
  if (toolChoice === undefined || toolChoice === null) return undefined;
  if (toolChoice === 'auto' || toolChoice === 'none' || toolChoice === 'required') return { kind: toolChoice };
  if (typeof toolChoice === 'string') {
    throw invalid('input.toolChoice', 'must be `auto`, `none`, `required` or a function');
  }
  const fn = requiredObject(requiredObject(input, 'toolChoice', 'input'), 'function', 'input.toolChoice');
  return { kind: 'tool', name: requiredString(fn, 'name', 'input.toolChoice.function'), toolKind: 'function' };
}

function decodeResponseFormat(input: JsonObject): ResponseFormat | undefined {
  const format = optionalObject(input, 'responseFormat', 'input');
  if (format === undefined) return undefined;
  const where = 'input.responseFormat';
  switch (requiredString(format, 'type', where)) {
    case 'text':
      return { kind: 'text' };
    case 'json_schema': {
      const said = requiredObject(format, 'jsonSchema', where);
      const path = at(where, 'jsonSchema');
      return {
        kind: 'json-schema',
        name: optionalString(said, 'name', path),
        description: optionalString(said, 'description', path),
        schema: requiredObject(said, 'schema', path),
        strict: optionalBoolean(said, 'strict', path),
      };
    }
    default:
      throw invalid(at(where, 'type'), 'must be `text` or `json_schema`');
  }
}
