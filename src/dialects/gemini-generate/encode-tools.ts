import { assertNever } from '../../kernel/assert.ts';
import type { JsonObject } from '../../kernel/json.ts';
import type { ChatRequest, ChatTool, FunctionTool } from '../../protocol/chat-request.ts';
import type { Losses } from '../losses.ts';
import { GEMINI } from './name.ts';

/** `tools` and `toolConfig` of a request; each `undefined` where there is nothing to say. */
export type EncodedTools = {
  readonly tools: readonly JsonObject[] | undefined;
  readonly toolConfig: JsonObject | undefined;
};

/** Functions and how they are to be called: https://ai.google.dev/api/caching#Tool */
export function encodeTools(request: ChatRequest, losses: Losses): EncodedTools {
  const functions: JsonObject[] = [];
  const others: JsonObject[] = [];
  for (const tool of request.tools) encodeTool(tool, { functions, others }, losses);
  const tools = functions.length === 0 ? others : [...others, { functionDeclarations: functions }];
  if (request.parallelToolCalls === false) {
    losses.add('parallelToolCalls', 'the model cannot be held to one call at a time');
  }
  return {
    tools: tools.length === 0 ? undefined : tools,
    toolConfig: functions.length === 0 ? withoutFunctions(request, losses) : encodeChoice(request),
  };
}

function encodeTool(
  tool: ChatTool,
  into: { readonly functions: JsonObject[]; readonly others: JsonObject[] },
  losses: Losses,
): void {
  switch (tool.kind) {
    case 'function':
      losses.addIf(tool.cache, 'tools[].cache', 'the provider itself decides what it caches');
      into.functions.push(encodeFunction(tool));
      return;
    case 'custom':
      losses.add('tools[].custom', 'there are no tools that take free text');
      return;
    case 'foreign':
      if (tool.dialect === GEMINI) into.others.push(tool.value);
      else losses.add(`tools[].${tool.type}`, `it belongs to ${tool.dialect}`);
      return;
    default:
      assertNever(tool);
  }
}

/** The schema goes as it came: `parametersJsonSchema` takes JSON Schema, where `parameters` takes a dialect of OpenAPI. */
function encodeFunction({ name, description, parameters }: FunctionTool): JsonObject {
  return {
    name,
    description: description ?? '',
    ...(parameters === undefined ? {} : { parametersJsonSchema: parameters }),
  };
}

function withoutFunctions({ toolChoice }: ChatRequest, losses: Losses): undefined {
  if (toolChoice !== undefined && toolChoice.kind !== 'auto' && toolChoice.kind !== 'none') {
    losses.add('toolChoice', 'no function is left to choose');
  }
}

/**
 * `VALIDATED` leaves the choice between words and calls to the model and holds calls to their schemas, as `ANY` does;
 * both take a list of names, which `AUTO` does not: https://ai.google.dev/api/caching#FunctionCallingConfig
 */
function encodeChoice({ toolChoice, tools }: ChatRequest): JsonObject | undefined {
  const isStrict = tools.some((tool) => tool.kind === 'function' && tool.strict === true);
  switch (toolChoice?.kind) {
    case undefined:
      return isStrict ? calling('VALIDATED') : undefined;
    case 'auto':
      return calling(isStrict ? 'VALIDATED' : 'AUTO');
    case 'none':
      return calling('NONE');
    case 'required':
      return calling('ANY');
    case 'tool':
      return calling('ANY', [toolChoice.name]);
    case 'allowed':
      return calling(toolChoice.mode === 'required' ? 'ANY' : 'VALIDATED', toolChoice.names);
    default:
      return assertNever(toolChoice);
  }
}

function calling(mode: 'AUTO' | 'ANY' | 'NONE' | 'VALIDATED', names?: readonly string[]): JsonObject {
  return { functionCallingConfig: { mode, ...(names === undefined ? {} : { allowedFunctionNames: [...names] }) } };
}
