import { assertNever } from '../../kernel/assert.ts';
import type { JsonObject } from '../../kernel/json.ts';
import type { ChatRequest, ChatTool } from '../../protocol/chat-request.ts';
import type { Losses } from '../losses.ts';

/** A function without arguments; the field itself is required. */
const NO_PARAMETERS: JsonObject = { type: 'object', properties: {} };

/**
 * The tools of a call: https://docs.ollama.com/capabilities/tool-calling. There is no `tool_choice`; which tools are
 * offered at all says a part of it.
 */
export function encodeTools(request: ChatRequest, losses: Losses): readonly JsonObject[] | undefined {
  const offered = request.tools.filter((tool) => isOffered(tool, request));
  const choice = request.toolChoice;
  const isForced = choice?.kind === 'required' || choice?.kind === 'tool';
  if (isForced || (choice?.kind === 'allowed' && choice.mode === 'required')) {
    losses.add('toolChoice', 'a call cannot be forced');
  }
  const tools = offered.flatMap((tool) => encodeTool(tool, losses));
  return tools.length === 0 ? undefined : tools;
}

function isOffered(tool: ChatTool, { toolChoice: choice }: ChatRequest): boolean {
  if (choice === undefined) return true;
  switch (choice.kind) {
    case 'auto':
    case 'required':
      return true;
    case 'none':
      return false;
    case 'tool':
      return tool.kind !== 'foreign' && tool.name === choice.name;
    case 'allowed':
      return tool.kind !== 'foreign' && choice.names.includes(tool.name);
    default:
      return assertNever(choice);
  }
}

function encodeTool(tool: ChatTool, losses: Losses): readonly JsonObject[] {
  if (tool.kind === 'foreign') {
    losses.add('tools[].foreign', `Ollama does not run ${tool.type}`);
    return [];
  }
  if (tool.kind === 'custom') {
    losses.add('tools[].custom', 'there are no tools that take free text');
    return [];
  }
  if (tool.strict === true) losses.add('tools[].strict', 'arguments are not held to the schema');
  losses.addIf(tool.cache, 'tools[].cache', 'the cache is kept unasked');
  const { name, description, parameters = NO_PARAMETERS } = tool;
  return [{ type: 'function', function: { name, ...(description === undefined ? {} : { description }), parameters } }];
}
