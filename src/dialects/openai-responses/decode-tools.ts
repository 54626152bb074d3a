import { isJsonObject, type JsonObject } from '../../kernel/json.ts';
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
import { type NoteExtra, noteLeftovers } from './leftovers.ts';
import { NAME } from './name.ts';

/** Fields of a tool with a common name. */
const KNOWN_OF_FUNCTION: ReadonlySet<string> = new Set(['type', 'name', 'description', 'parameters', 'strict']);
const KNOWN_OF_CUSTOM: ReadonlySet<string> = new Set(['type', 'name', 'description', 'format']);

/**
 * Tools that the caller runs; every other kind (a search, an interpreter, a group of tools) is the dialect's own.
 * https://platform.openai.com/docs/guides/tools
 * @throws GatewayError `request.invalid` with the field that is wrong
 */
export function decodeTools(body: JsonObject, noteExtra: NoteExtra): readonly ChatTool[] {
  const tools = optionalObjects(body, 'tools') ?? [];
  return tools.map((tool, index) => decodeTool(tool, at('tools', index), noteExtra));
}

function decodeTool(tool: JsonObject, where: string, noteExtra: NoteExtra): ChatTool {
  const type = requiredString(tool, 'type', where);
  if (type !== 'function' && type !== 'custom') return { kind: 'foreign', dialect: NAME, type, value: tool };
  const known = type === 'custom' ? KNOWN_OF_CUSTOM : KNOWN_OF_FUNCTION;
  noteLeftovers(tool, known, { path: 'tools[].', noteExtra });
  const name = requiredString(tool, 'name', where);
  const description = optionalString(tool, 'description', where);
  if (type === 'custom') return { kind: 'custom', name, description, format: optionalObject(tool, 'format', where) };
  return {
    kind: 'function',
    name,
    description,
    parameters: optionalObject(tool, 'parameters', where),
    strict: optionalBoolean(tool, 'strict', where),
  };
}

/**
 * A tool choice in any of its forms. One that only this dialect has (a tool that the provider runs) is an extra.
 * https://platform.openai.com/docs/api-reference/responses/create#responses-create-tool_choice
 */
export function decodeToolChoice(body: JsonObject, noteExtra: NoteExtra): ToolChoice | undefined {
  const choice = body['tool_choice'];
  if (choice === undefined || choice === null) return undefined;
  if (choice === 'auto' || choice === 'none' || choice === 'required') return { kind: choice };
  if (!isJsonObject(choice)) {
    throw invalid('tool_choice', 'must be `auto`, `none`, `required` or an object');
  }
  const type = requiredString(choice, 'type', 'tool_choice');
  switch (type) {
    case 'function':
    case 'custom':
      return { kind: 'tool', name: requiredString(choice, 'name', 'tool_choice'), toolKind: type };
    case 'allowed_tools':
      return decodeAllowed(choice, noteExtra);
    default:
      noteExtra('tool_choice', choice);
      return undefined;
  }
}

function decodeAllowed(choice: JsonObject, noteExtra: NoteExtra): ToolChoice {
  const mode = optionalString(choice, 'mode', 'tool_choice') ?? 'auto';
  if (mode !== 'auto' && mode !== 'required') throw invalid('tool_choice.mode', 'must be `auto` or `required`');
  const tools = optionalObjects(choice, 'tools', 'tool_choice');
  if (tools === undefined) throw invalid('tool_choice.tools', 'must be a list');
  const names: string[] = [];
  for (const [index, tool] of tools.entries()) {
    const where = `tool_choice.tools[${index}]`;
    const type = requiredString(tool, 'type', where);
    if (type === 'function' || type === 'custom') names.push(requiredString(tool, 'name', where));
    else noteExtra('tool_choice.tools[]', tool);
  }
  return { kind: 'allowed', mode, names };
}

/** The form of the answer's text: `text.format`. */
export function decodeFormat(text: JsonObject): ResponseFormat | undefined {
  const format = optionalObject(text, 'format', 'text');
  if (format === undefined) return undefined;
  const where = 'text.format';
  const type = requiredString(format, 'type', where);
  switch (type) {
    case 'text':
      return { kind: 'text' };
    case 'json_object':
      return { kind: 'json' };
    case 'json_schema':
      return {
        kind: 'json-schema',
        name: optionalString(format, 'name', where),
        description: optionalString(format, 'description', where),
        schema: requiredObject(format, 'schema', where),
        strict: optionalBoolean(format, 'strict', where),
      };
    default:
      throw invalid(`${where}.type`, 'must be `text`, `json_object` or `json_schema`');
  }
}
