import { assertNever } from '../../kernel/assert.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../kernel/json.ts';
import type { ChatTool, ResponseFormat, ToolChoice } from '../../protocol/chat-request.ts';
import {
  at,
  invalid,
  optionalBoolean,
  optionalObject,
  optionalObjects,
  optionalString,
  requiredObject,
  requiredString,
} from '../fields.ts';
import { readCache } from './decode-parts.ts';
import { type Leftovers, noteLeftovers } from './leftovers.ts';
import { OPENAI_CHAT } from './name.ts';

const TOOL_FIELDS = new Set(['type', 'function', 'custom', 'cache_control']);
const FUNCTION_FIELDS = new Set(['name', 'description', 'parameters', 'strict', 'cache_control']);

/**
 * `tools`, or `functions` as they were called before:
 * https://platform.openai.com/docs/api-reference/chat/create#chat-create-tools
 * @throws GatewayError `request.invalid`
 */
export function decodeTools(body: JsonObject, leftovers: Leftovers): ChatTool[] {
  const tools = optionalObjects(body, 'tools');
  if (tools !== undefined) return tools.map((tool, index) => decodeTool(tool, at('tools', index), leftovers));
  const functions = optionalObjects(body, 'functions') ?? [];
  return functions.map((called, index) => decodeFunction(called, at('functions', index), leftovers));
}

function decodeTool(tool: JsonObject, where: string, leftovers: Leftovers): ChatTool {
  const type = requiredString(tool, 'type', where);
  if (type !== 'function' && type !== 'custom') return { kind: 'foreign', dialect: OPENAI_CHAT, type, value: tool };
  noteLeftovers(tool, TOOL_FIELDS, { path: 'tools', leftovers });
  if (type === 'function') {
    const called = decodeFunction(requiredObject(tool, 'function', where), at(where, 'function'), leftovers);
    return { ...called, cache: readCache(tool) ?? called.cache };
  }
  const custom = requiredObject(tool, 'custom', where);
  const place = at(where, 'custom');
  return {
    kind: 'custom',
    name: requiredString(custom, 'name', place),
    description: optionalString(custom, 'description', place),
    format: decodeFormat(optionalObject(custom, 'format', place)),
  };
}

function decodeFunction(called: JsonObject, where: string, leftovers: Leftovers) {
  noteLeftovers(called, FUNCTION_FIELDS, { path: 'tools.function', leftovers });
  return {
    kind: 'function',
    name: requiredString(called, 'name', where),
    description: optionalString(called, 'description', where),
    parameters: optionalObject(called, 'parameters', where),
    strict: optionalBoolean(called, 'strict', where),
    cache: readCache(called),
  } as const;
}

/** The chat format wraps a grammar once more than the common form does. */
function decodeFormat(format: JsonObject | undefined): JsonObject | undefined {
  const grammar = format?.['grammar'];
  return isJsonObject(grammar) ? { type: 'grammar', ...grammar } : format;
}

/**
 * `tool_choice`, or the older `function_call`:
 * https://platform.openai.com/docs/api-reference/chat/create#chat-create-tool_choice
 * @throws GatewayError `request.invalid`
 */
export function decodeToolChoice(body: JsonObject): ToolChoice | undefined {
  const choice = body['tool_choice'];
  if (choice !== undefined && choice !== null) {
    return typeof choice === 'string' ? choiceByWord(choice) : choiceByObject(choice);
  }
  const legacy = body['function_call'];
  if (legacy === undefined || legacy === null) return undefined;
  if (legacy === 'auto' || legacy === 'none') return { kind: legacy };
  if (!isJsonObject(legacy)) throw invalid('function_call', 'must be "auto", "none" or an object');
  return { kind: 'tool', name: requiredString(legacy, 'name', 'function_call'), toolKind: 'function' };
}

function choiceByWord(word: string): ToolChoice {
  switch (word) {
    case 'auto':
    case 'none':
    case 'required':
      return { kind: word };
    // Mistral's word: https://docs.mistral.ai/capabilities/function_calling/
    case 'any':
      return { kind: 'required' };
    default:
      throw invalid('tool_choice', 'must be "auto", "none", "required" or an object');
  }
}

function choiceByObject(choice: JsonValue): ToolChoice {
  const where = 'tool_choice';
  if (!isJsonObject(choice)) throw invalid(where, 'must be "auto", "none", "required" or an object');
  const type = requiredString(choice, 'type', where);
  switch (type) {
    case 'function':
    case 'custom': {
      const name = requiredString(requiredObject(choice, type, where), 'name', at(where, type));
      return { kind: 'tool', name, toolKind: type };
    }
    case 'allowed_tools':
      return allowedTools(requiredObject(choice, type, where), at(where, type));
    case 'auto':
    case 'none':
    case 'required':
    case 'any':
      return choiceByWord(type);
    default:
      throw invalid(at(where, 'type'), 'must be "function", "custom" or "allowed_tools"');
  }
}

function allowedTools(allowed: JsonObject, where: string): ToolChoice {
  const mode = optionalString(allowed, 'mode', where) ?? 'auto';
  if (mode !== 'auto' && mode !== 'required') throw invalid(at(where, 'mode'), 'must be "auto" or "required"');
  const tools = optionalObjects(allowed, 'tools', where);
  if (tools === undefined) throw invalid(at(where, 'tools'), 'must be a list');
  const names = tools.map((tool, index) => {
    const place = at(at(where, 'tools'), index);
    const type = optionalString(tool, 'type', place) ?? 'function';
    const inner = isJsonObject(tool[type]) ? tool[type] : tool;
    return requiredString(inner, 'name', inner === tool ? place : at(place, type));
  });
  return { kind: 'allowed', mode, names };
}

/**
 * `response_format`: https://platform.openai.com/docs/api-reference/chat/create#chat-create-response_format
 * `undefined` for a kind that only its provider knows, which stays an extra field.
 * @throws GatewayError `request.invalid`
 */
export function decodeResponseFormat(body: JsonObject): ResponseFormat | undefined {
  const where = 'response_format';
  const format = optionalObject(body, where);
  if (format === undefined) return undefined;
  const type = responseFormatType(requiredString(format, 'type', where));
  switch (type) {
    case 'text':
      return { kind: 'text' };
    case 'json_object':
      return { kind: 'json' };
    case 'json_schema': {
      const schema = requiredObject(format, 'json_schema', where);
      const place = at(where, 'json_schema');
      return {
        kind: 'json-schema',
        name: optionalString(schema, 'name', place),
        description: optionalString(schema, 'description', place),
        schema: optionalObject(schema, 'schema', place) ?? {},
        strict: optionalBoolean(schema, 'strict', place),
      };
    }
    case undefined:
      return undefined;
    default:
      return assertNever(type);
  }
}

function responseFormatType(type: string): 'text' | 'json_object' | 'json_schema' | undefined {
  return type === 'text' || type === 'json_object' || type === 'json_schema' ? type : undefined;
}
