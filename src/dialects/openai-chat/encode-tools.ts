import { assertNever } from '../../kernel/assert.ts';
import type { JsonObject, JsonValue } from '../../kernel/json.ts';
import type { ChatRequest, ChatTool, ResponseFormat, ToolChoice } from '../../protocol/chat-request.ts';
import { cacheField, listOf, type PartTarget } from './encode-parts.ts';
import { OPENAI_CHAT } from './name.ts';

/** A schema must have a name: https://platform.openai.com/docs/guides/structured-outputs */
const SCHEMA_NAME_DEFAULT = 'response';

/** Tools and how they are to be used. Where there are no tools the other fields would be refused, and mean nothing. */
export function encodeToolFields(request: ChatRequest, target: PartTarget): JsonObject {
  const tools = request.tools.flatMap((tool) => listOf(encodeTool(tool, target)));
  const { toolChoice, parallelToolCalls } = request;
  if (tools.length === 0) {
    if (toolChoice !== undefined && toolChoice.kind !== 'auto' && toolChoice.kind !== 'none') {
      target.losses.add('toolChoice', 'there are no tools to choose from');
    }
    return {};
  }
  return {
    tools,
    tool_choice: toolChoice === undefined ? undefined : encodeToolChoice(toolChoice, request.tools),
    parallel_tool_calls: parallelToolCalls,
  };
}

function encodeTool(tool: ChatTool, target: PartTarget): JsonObject | undefined {
  switch (tool.kind) {
    case 'function': {
      const { name, description, parameters, strict } = tool;
      return {
        type: 'function',
        function: { name, description, parameters, strict },
        ...cacheField(tool.cache, 'tools[].cache', target),
      };
    }
    case 'custom': {
      const { name, description, format } = tool;
      return { type: 'custom', custom: { name, description, format: encodeFormat(format) } };
    }
    case 'foreign':
      if (tool.dialect === OPENAI_CHAT) return tool.value;
      target.losses.add(`tools[].${tool.type}`, `it belongs to ${tool.dialect}`);
      return undefined;
    default:
      return assertNever(tool);
  }
}

function encodeFormat(format: JsonObject | undefined): JsonObject | undefined {
  if (format?.['type'] !== 'grammar' || format['grammar'] !== undefined) return format;
  const { type, ...grammar } = format;
  return { type, grammar };
}

/** https://platform.openai.com/docs/api-reference/chat/create#chat-create-tool_choice */
function encodeToolChoice(choice: ToolChoice, tools: readonly ChatTool[]): JsonValue {
  switch (choice.kind) {
    case 'auto':
    case 'none':
    case 'required':
      return choice.kind;
    case 'tool':
      return { type: choice.toolKind, [choice.toolKind]: { name: choice.name } };
    case 'allowed': {
      const custom = new Set(tools.flatMap((tool) => (tool.kind === 'custom' ? [tool.name] : [])));
      const allowed = choice.names.map((name) => {
        const type = custom.has(name) ? 'custom' : 'function';
        return { type, [type]: { name } };
      });
      return { type: 'allowed_tools', allowed_tools: { mode: choice.mode, tools: allowed } };
    }
    default:
      return assertNever(choice);
  }
}

export function encodeResponseFormat(
  format: ResponseFormat | undefined,
  { quirks, losses }: PartTarget,
): JsonObject | undefined {
  switch (format?.kind) {
    case undefined:
      return undefined;
    case 'text':
      return { type: 'text' };
    case 'json':
      return { type: 'json_object' };
    case 'json-schema': {
      if (quirks.jsonObjectOnly) {
        losses.add('responseFormat.schema', 'the provider takes no schema, only that the answer be JSON');
        return { type: 'json_object' };
      }
      const { name = SCHEMA_NAME_DEFAULT, description, schema, strict } = format;
      return { type: 'json_schema', json_schema: { name, description, schema, strict } };
    }
    default:
      return assertNever(format);
  }
}
