import { assertNever } from '../../kernel/assert.ts';
import type { JsonObject } from '../../kernel/json.ts';
import type { ChatRequest, ChatTool, FunctionTool, ToolChoice } from '../../protocol/chat-request.ts';
import type { Losses } from '../losses.ts';
import type { CacheMarks } from './cache-marks.ts';
import type { Thinking } from './encode-thinking.ts';
import type { ModelAbilities } from './model-abilities.ts';
import { DIALECT } from './names.ts';
import { toOutputSchema } from './output-schema.ts';

/** Tools as Anthropic takes them: https://docs.anthropic.com/en/docs/agents-and-tools/tool-use/implement-tool-use */

type Place = { readonly abilities: ModelAbilities; readonly marks: CacheMarks; readonly losses: Losses };

/** The tools that may be called. Where only some are allowed, the others are left out, which says the same. */
export function encodeTools(request: ChatRequest, place: Place): readonly JsonObject[] {
  const { toolChoice } = request;
  const allowed = toolChoice?.kind === 'allowed' ? new Set(toolChoice.names) : undefined;
  return request.tools
    .filter((tool) => allowed === undefined || tool.kind === 'foreign' || allowed.has(tool.name))
    .map((tool) => encodeTool(tool, place))
    .filter((tool) => tool !== undefined);
}

/** The choice, and whether one call at a time is wished. Without tools there is nothing to choose. */
export function encodeToolChoice(
  request: ChatRequest,
  place: { readonly hasTools: boolean; readonly abilities: ModelAbilities; readonly mode: Thinking['mode'] },
  losses: Losses,
): JsonObject | undefined {
  const { toolChoice, parallelToolCalls } = request;
  const isForced = toolChoice !== undefined && forces(toolChoice);
  if (!place.hasTools) {
    if (isForced) losses.add('toolChoice', 'there is no tool left to call');
    return undefined;
  }
  const single = parallelToolCalls === undefined ? {} : { disable_parallel_tool_use: !parallelToolCalls };
  if (isForced && (place.mode === 'manual' || !place.abilities.forcedTools)) {
    losses.add('toolChoice', 'a model that thinks cannot be made to call a tool');
    return { type: 'auto', ...single };
  }
  if (toolChoice === undefined) return parallelToolCalls === undefined ? undefined : { type: 'auto', ...single };
  return encodeChoice(toolChoice, single);
}

function forces(choice: ToolChoice): boolean {
  return (
    choice.kind === 'required' || choice.kind === 'tool' || (choice.kind === 'allowed' && choice.mode === 'required')
  );
}

function encodeChoice(choice: ToolChoice, single: JsonObject): JsonObject {
  switch (choice.kind) {
    case 'auto':
      return { type: 'auto', ...single };
    case 'none':
      return { type: 'none' };
    case 'required':
      return { type: 'any', ...single };
    case 'tool':
      return { type: 'tool', name: choice.name, ...single };
    case 'allowed':
      return { type: choice.mode === 'required' ? 'any' : 'auto', ...single };
    default:
      return assertNever(choice);
  }
}

function encodeTool(tool: ChatTool, place: Place): JsonObject | undefined {
  const { losses, marks } = place;
  switch (tool.kind) {
    case 'function':
      return marks.mark(encodeFunction(tool, place), tool.cache);
    case 'custom':
      losses.add('tools[].custom', 'tools take JSON and no free text');
      return undefined;
    case 'foreign':
      if (tool.dialect === DIALECT) return tool.value;
      losses.add(`tools[].${tool.type}`, 'the provider has no such tool of its own');
      return undefined;
    default:
      return assertNever(tool);
  }
}

function encodeFunction(tool: FunctionTool, { abilities, losses }: Place): JsonObject {
  const { strict } = tool;
  const parameters: JsonObject = { type: 'object', ...tool.parameters };
  const named = {
    name: tool.name,
    ...(tool.description === undefined ? {} : { description: tool.description }),
  };
  if (strict !== true) {
    // Tools are not strict unless it is asked for, so a model that knows no strictness needs no word of it.
    const said = strict === false && abilities.structuredOutput ? { strict } : {};
    return { ...named, input_schema: parameters, ...said };
  }
  const { schema, removed } = toOutputSchema(parameters);
  if (abilities.structuredOutput && removed.length === 0) return { ...named, input_schema: schema, strict };
  losses.add(
    'tools[].strict',
    abilities.structuredOutput ? `strict tools take no \`${removed[0]}\`` : 'the model does not know strict tools',
  );
  return { ...named, input_schema: parameters };
}
