import { assertNever } from '../../kernel/assert.ts';
import type { JsonObject, JsonValue } from '../../kernel/json.ts';
import type { ChatTool, ResponseFormat, ToolChoice } from '../../protocol/chat-request.ts';

/** Settings of a request in the wire's form: sent to providers, and echoed to callers. */

/** The schema of a function that takes nothing; the API wants one for every function. */
const NO_PARAMETERS: JsonObject = { type: 'object', properties: {} };
/** The API wants a name for every schema of an answer. */
const SCHEMA_NAME = 'response';

/**
 * A tool. `strict` is always said: left out, this API takes it for true, where the other formats take it for false.
 * https://platform.openai.com/docs/guides/migrate-to-responses
 */
export function writeTool(tool: ChatTool): JsonObject {
  switch (tool.kind) {
    case 'function':
      return {
        type: 'function',
        name: tool.name,
        ...(tool.description === undefined ? {} : { description: tool.description }),
        parameters: tool.parameters ?? NO_PARAMETERS,
        strict: tool.strict ?? false,
      };
    case 'custom':
      return {
        type: 'custom',
        name: tool.name,
        ...(tool.description === undefined ? {} : { description: tool.description }),
        ...(tool.format === undefined ? {} : { format: tool.format }),
      };
    case 'foreign':
      return tool.value;
    default:
      return assertNever(tool);
  }
}

/** A tool choice. Allowed tools are told by kind and name, so the tools themselves have to be known. */
export function writeToolChoice(choice: ToolChoice, tools: readonly ChatTool[]): JsonValue {
  switch (choice.kind) {
    case 'auto':
    case 'none':
    case 'required':
      return choice.kind;
    case 'tool':
      return { type: choice.toolKind, name: choice.name };
    case 'allowed': {
      const custom = new Set(tools.flatMap((tool) => (tool.kind === 'custom' ? [tool.name] : [])));
      return {
        type: 'allowed_tools',
        mode: choice.mode,
        tools: choice.names.map((name) => ({ type: custom.has(name) ? 'custom' : 'function', name })),
      };
    }
    default:
      return assertNever(choice);
  }
}

/** The form that the answer's text is to have: https://platform.openai.com/docs/guides/structured-outputs */
export function writeFormat(format: ResponseFormat): JsonObject {
  switch (format.kind) {
    case 'text':
      return { type: 'text' };
    case 'json':
      return { type: 'json_object' };
    case 'json-schema':
      return {
        type: 'json_schema',
        name: format.name ?? SCHEMA_NAME,
        ...(format.description === undefined ? {} : { description: format.description }),
        schema: format.schema,
        ...(format.strict === undefined ? {} : { strict: format.strict }),
      };
    default:
      return assertNever(format);
  }
}
