import { isJsonObject, type JsonObject } from '../../kernel/json.ts';
import type { ChatRequest, ChatTool, ToolChoice } from '../../protocol/chat-request.ts';
import { at, invalid, optionalObject, optionalString, optionalStrings, requiredString } from '../fields.ts';
import type { Unexpressed } from '../unexpressed.ts';
import { jsonSchemaOf } from './json-schema.ts';
import { GEMINI } from './name.ts';
import { objectsAt } from './wire-keys.ts';

const FUNCTIONS = 'functionDeclarations';
const FUNCTION_FIELDS = new Set(['name', 'description', 'parameters', 'parametersJsonSchema']);
const CONFIG_FIELDS = new Set(['functionCallingConfig']);
const CALLING_FIELDS = new Set(['mode', 'allowedFunctionNames']);
/** The mode in which calls are held to their schemas, and words are free. */
const VALIDATED = 'VALIDATED';

/** Functions, tools that the API runs, and how functions are to be called: https://ai.google.dev/api/caching#Tool */
export function decodeTools(body: JsonObject, unexpressed: Unexpressed): Pick<ChatRequest, 'tools' | 'toolChoice'> {
  const tools = (objectsAt(body, 'tools', '') ?? []).flatMap((tool, index) =>
    decodeTool(tool, at('tools', index), unexpressed),
  );
  return { tools, toolChoice: decodeChoice(body, unexpressed) };
}

/** One entry holds functions and tools of the API side by side, each under its own key. */
function decodeTool(tool: JsonObject, where: string, unexpressed: Unexpressed): readonly ChatTool[] {
  const decoded: ChatTool[] = [];
  for (const [type, value] of Object.entries(tool)) {
    if (value === undefined || value === null) continue;
    if (type !== FUNCTIONS) {
      decoded.push({ kind: 'foreign', dialect: GEMINI, type, value: { [type]: value } });
      continue;
    }
    for (const [index, declared] of (objectsAt(tool, FUNCTIONS, where) ?? []).entries()) {
      decoded.push(decodeFunction(declared, at(at(where, FUNCTIONS), index), unexpressed));
    }
  }
  return decoded;
}

function decodeFunction(declared: JsonObject, where: string, unexpressed: Unexpressed): ChatTool {
  unexpressed.addRest(declared, FUNCTION_FIELDS, `tools[].${FUNCTIONS}[]`);
  const own = optionalObject(declared, 'parameters', where);
  const converted = own === undefined ? undefined : jsonSchemaOf(own);
  return {
    kind: 'function',
    name: requiredString(declared, 'name', where),
    // Every declaration has one; an empty one says nothing.
    description: optionalString(declared, 'description', where) || undefined,
    parameters:
      optionalObject(declared, 'parametersJsonSchema', where) ?? (isJsonObject(converted) ? converted : undefined),
    strict: undefined,
  };
}

/** https://ai.google.dev/api/caching#FunctionCallingConfig. @throws GatewayError `request.invalid` */
function decodeChoice(body: JsonObject, unexpressed: Unexpressed): ToolChoice | undefined {
  const config = optionalObject(body, 'toolConfig');
  if (config === undefined) return undefined;
  unexpressed.addRest(config, CONFIG_FIELDS, 'toolConfig');
  const calling = optionalObject(config, 'functionCallingConfig', 'toolConfig');
  if (calling === undefined) return undefined;
  const where = 'toolConfig.functionCallingConfig';
  unexpressed.addRest(calling, CALLING_FIELDS, where);
  const mode = optionalString(calling, 'mode', where)?.toUpperCase();
  const names = optionalStrings(calling, 'allowedFunctionNames', where) ?? [];
  const [name] = names;
  switch (mode) {
    case undefined:
    case 'MODE_UNSPECIFIED':
    case 'AUTO':
      return { kind: 'auto' };
    case 'NONE':
      return { kind: 'none' };
    case 'ANY':
      if (name === undefined) return { kind: 'required' };
      return names.length === 1
        ? { kind: 'tool', name, toolKind: 'function' }
        : { kind: 'allowed', mode: 'required', names };
    case VALIDATED:
      if (name !== undefined) return { kind: 'allowed', mode: 'auto', names };
      unexpressed.add(`${where}.mode`, VALIDATED);
      return { kind: 'auto' };
    default:
      throw invalid(at(where, 'mode'), 'must be `AUTO`, `ANY`, `NONE` or `VALIDATED`');
  }
}
