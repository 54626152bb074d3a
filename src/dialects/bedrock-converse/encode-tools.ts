import { assertNever } from '../../kernel/assert.ts';
import type { JsonObject, JsonValue } from '../../kernel/json.ts';
import type { ChatTool, FunctionTool, ToolChoice } from '../../protocol/chat-request.ts';
import { encodeCachePoint } from './cache-points.ts';
import { DIALECT, type Encoding } from './encoding.ts';

export type ToolSurroundings = {
  /** Claude takes no forced call while it thinks. */
  readonly isThinking: boolean;
  /** Names of the tools that were called in the conversation. */
  readonly history: ReadonlySet<string>;
};

const NO_ARGUMENTS: JsonObject = { type: 'object', properties: {} };

/**
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolConfiguration.html
 * A conversation with calls in it is refused where no tool is declared; the tools that it called are then declared by
 * their names alone.
 */
export function encodeTools(encoding: Encoding, surroundings: ToolSurroundings): JsonObject | undefined {
  const { request, losses } = encoding;
  const choice = request.toolChoice;
  const { history } = surroundings;
  if (choice?.kind === 'none' && history.size === 0) return undefined;
  const specs = chosenTools(request.tools, choice).flatMap((tool) => encodeTool(encoding, tool));
  if (specs.length === 0) {
    if (history.size === 0) return undefined;
    return { tools: [...history].map((name) => ({ toolSpec: { name, inputSchema: { json: NO_ARGUMENTS } } })) };
  }
  if (choice?.kind === 'none') {
    losses.add('toolChoice', 'Bedrock asks for the tools of a conversation that called some, and cannot forbid them');
    return { tools: specs };
  }
  return { tools: specs, toolChoice: encodeChoice(encoding, surroundings) };
}

/** Bedrock cannot tell allowed tools from others: the others are left out. */
function chosenTools(tools: readonly ChatTool[], choice: ToolChoice | undefined): readonly ChatTool[] {
  if (choice?.kind !== 'allowed') return tools;
  const names = new Set(choice.names);
  return tools.filter((tool) => tool.kind !== 'foreign' && names.has(tool.name));
}

function encodeTool(encoding: Encoding, tool: ChatTool): readonly JsonValue[] {
  const { losses } = encoding;
  switch (tool.kind) {
    case 'function':
      return encodeFunction(encoding, tool);
    case 'custom':
      losses.add('tools[].custom', 'Bedrock knows tools with JSON arguments only');
      return [];
    case 'foreign':
      if (tool.dialect === DIALECT) return [tool.value];
      losses.add('tools[].foreign', `Bedrock does not run the tool ${tool.type}`);
      return [];
    default:
      return assertNever(tool);
  }
}

function encodeFunction(encoding: Encoding, tool: FunctionTool): readonly JsonValue[] {
  const { family, losses } = encoding;
  const { name, description, parameters, strict } = tool;
  const isStrict = strict === true && family.structuredOutput;
  if (strict === true && !isStrict) losses.add('tools[].strict', 'the model takes no strict tools on Bedrock');
  const toolSpec: JsonObject = {
    name,
    description: description === '' ? undefined : description,
    inputSchema: { json: parameters ?? NO_ARGUMENTS },
    strict: isStrict ? true : undefined,
  };
  if (tool.cache === undefined) return [{ toolSpec }];
  if (family.cachePoints !== 'everywhere') {
    losses.add('tools[].cache', 'the model caches no tools on Bedrock');
    return [{ toolSpec }];
  }
  return [{ toolSpec }, encodeCachePoint(encoding, tool.cache)];
}

function encodeChoice({ request, family, losses }: Encoding, { isThinking }: ToolSurroundings): JsonObject | undefined {
  const wanted = wantedChoice(request.toolChoice, request.tools.length);
  if (wanted === undefined) return undefined;
  if (wanted.kind === 'auto') return { auto: {} };
  if (isThinking) {
    losses.add('toolChoice', 'the model is not forced to call a tool while it thinks');
    return { auto: {} };
  }
  if (family.toolChoice === 'auto') {
    losses.add('toolChoice', 'the model cannot be forced to call a tool on Bedrock');
    return { auto: {} };
  }
  if (wanted.kind === 'any') return { any: {} };
  if (family.toolChoice === 'tool') return { tool: { name: wanted.name } };
  // With one tool alone, any tool is that tool.
  if (!wanted.isAlone) losses.add('toolChoice', 'the model can be forced to call some tool, not a certain one');
  return { any: {} };
}

type Wanted =
  | { readonly kind: 'auto' }
  | { readonly kind: 'any' }
  | { readonly kind: 'tool'; readonly name: string; readonly isAlone: boolean };

function wantedChoice(choice: ToolChoice | undefined, toolCount: number): Wanted | undefined {
  switch (choice?.kind) {
    case undefined:
    case 'none':
      return undefined;
    case 'auto':
      return { kind: 'auto' };
    case 'required':
      return { kind: 'any' };
    case 'tool':
      return { kind: 'tool', name: choice.name, isAlone: toolCount === 1 };
    case 'allowed': {
      if (choice.mode === 'auto') return { kind: 'auto' };
      const [name] = choice.names;
      return choice.names.length === 1 && name !== undefined ? { kind: 'tool', name, isAlone: true } : { kind: 'any' };
    }
    default:
      return assertNever(choice);
  }
}
