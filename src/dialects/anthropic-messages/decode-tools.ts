import type { JsonObject } from '../../kernel/json.ts';
import type { ChatTool, ToolChoice } from '../../protocol/chat-request.ts';
import {
  at,
  invalid,
  optionalBoolean,
  optionalObject,
  optionalObjects,
  optionalString,
  requiredString,
} from '../fields.ts';
import type { Unexpressed } from '../unexpressed.ts';
import { cacheOf } from './decode-parts.ts';
import { DIALECT } from './names.ts';
import { typeOf } from './wire-type.ts';

/** Tools: https://docs.anthropic.com/en/docs/agents-and-tools/tool-use/overview */

const TOOL_FIELDS = new Set(['type', 'name', 'description', 'input_schema', 'strict', 'cache_control']);

/** A tool with a schema is the caller's own; one with a `type` is run by the provider or known to it alone. */
export function decodeTools(body: JsonObject, unexpressed: Unexpressed): readonly ChatTool[] {
  return (optionalObjects(body, 'tools') ?? []).map((tool, index) => {
    const where = at('tools', index);
    const type = optionalString(tool, 'type', where) ?? 'custom';
    if (type !== 'custom') return { kind: 'foreign', dialect: DIALECT, type, value: tool };
    unexpressed.addRest(tool, TOOL_FIELDS, 'tools[]');
    return {
      kind: 'function',
      name: requiredString(tool, 'name', where),
      description: optionalString(tool, 'description', where),
      parameters: optionalObject(tool, 'input_schema', where),
      strict: optionalBoolean(tool, 'strict', where),
      ...cacheOf(tool, where),
    };
  });
}

/** How tools may be chosen, and whether several may be called at once. @throws GatewayError `request.invalid` */
export function decodeToolChoice(body: JsonObject): {
  readonly toolChoice: ToolChoice | undefined;
  readonly parallelToolCalls: boolean | undefined;
} {
  const choice = optionalObject(body, 'tool_choice');
  if (choice === undefined) return { toolChoice: undefined, parallelToolCalls: undefined };
  const isSingle = optionalBoolean(choice, 'disable_parallel_tool_use', 'tool_choice');
  return { toolChoice: decodeChoice(choice), parallelToolCalls: isSingle === undefined ? undefined : !isSingle };
}

function decodeChoice(choice: JsonObject): ToolChoice {
  const type = typeOf(choice);
  switch (type) {
    case 'auto':
    case 'none':
      return { kind: type };
    case 'any':
      return { kind: 'required' };
    case 'tool':
      return { kind: 'tool', name: requiredString(choice, 'name', 'tool_choice'), toolKind: 'function' };
    default:
      throw invalid('tool_choice.type', 'must be `auto`, `any`, `tool` or `none`');
  }
}
