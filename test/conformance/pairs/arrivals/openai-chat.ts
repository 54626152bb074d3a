import { isJsonObject, type JsonObject, type JsonValue } from '../../../../src/kernel/json.ts';
import {
  type Arrival,
  type ArrivedChoice,
  type ArrivedPart,
  type ArrivedTool,
  type ArrivedTurn,
  boolean,
  jsonIn,
  markersIn,
  number,
  object,
  objects,
  string,
  textPart,
} from '../arrival.ts';

/** https://platform.openai.com/docs/api-reference/chat/create */
export function readOpenaiChat(body: JsonObject): Arrival {
  const effort = string(body, 'reasoning_effort');
  return {
    turns: objects(body, 'messages').map(readMessage),
    tools: objects(body, 'tools').map(readTool),
    toolChoice: readChoice(body['tool_choice']),
    parallelCalls: boolean(body, 'parallel_tool_calls'),
    format: readFormat(object(body, 'response_format')),
    thinking: { isOn: effort === undefined ? undefined : effort !== 'none', effort, budget: undefined },
    markers: markersIn(body, 'cache_control'),
    settings: {
      tokensMax: body['max_completion_tokens'] ?? body['max_tokens'],
      temperature: body['temperature'],
      topP: body['top_p'],
      topK: body['top_k'],
      stop: typeof body['stop'] === 'string' ? [body['stop']] : body['stop'],
      seed: body['seed'],
      presencePenalty: body['presence_penalty'],
      frequencyPenalty: body['frequency_penalty'],
      logitBias: body['logit_bias'],
      logprobs: body['logprobs'] === true ? (number(body, 'top_logprobs') ?? 0) : undefined,
      choices: body['n'],
      serviceTier: body['service_tier'],
      metadata: body['metadata'],
      endUser: body['user'] ?? body['safety_identifier'],
      verbosity: body['verbosity'],
      promptCacheKey: body['prompt_cache_key'],
      modalities: body['modalities'],
    },
  };
}

function readMessage(message: JsonObject): ArrivedTurn {
  const role = string(message, 'role');
  const content = readContent(message['content']);
  switch (role ?? '') {
    case 'system':
    case 'developer':
      return { role: 'system', parts: content };
    case 'tool':
      return { role: 'user', parts: [readResult(message, content)] };
    case 'assistant': {
      const thought = string(message, 'reasoning_content') ?? string(message, 'reasoning');
      const thinking: ArrivedPart[] =
        thought === undefined ? [] : [{ kind: 'thinking', text: thought, seal: undefined }];
      return { role: 'assistant', parts: [...thinking, ...content, ...objects(message, 'tool_calls').map(readCall)] };
    }
    default:
      return { role: 'user', parts: content };
  }
}

function readContent(content: JsonValue | undefined): readonly ArrivedPart[] {
  if (!Array.isArray(content)) return textPart(content);
  return content.flatMap((part): readonly ArrivedPart[] => {
    if (!isJsonObject(part)) return [];
    switch (string(part, 'type') ?? '') {
      case 'text':
        return textPart(part['text']);
      case 'refusal':
        return textPart(part['refusal']);
      case 'image_url':
        return [{ kind: 'image', from: string(object(part, 'image_url'), 'url') ?? '' }];
      case 'input_audio':
        return [{ kind: 'audio', from: string(object(part, 'input_audio'), 'data') ?? '' }];
      case 'file':
        return [{ kind: 'file', from: string(object(part, 'file'), 'file_data') ?? '' }];
      default:
        return [{ kind: 'other', word: string(part, 'type') ?? '' }];
    }
  });
}

function readResult(message: JsonObject, content: readonly ArrivedPart[]): ArrivedPart {
  return {
    kind: 'result',
    id: string(message, 'tool_call_id'),
    name: undefined,
    text: content.map((part) => (part.kind === 'text' ? part.text : '')).join(''),
    images: content.filter(({ kind }) => kind === 'image').length,
    isError: false,
  };
}

function readCall(call: JsonObject): ArrivedPart {
  const isCustom = call['type'] === 'custom';
  const said = object(call, isCustom ? 'custom' : 'function');
  const words = isCustom ? (said['input'] ?? '') : jsonIn(said['arguments']);
  return { kind: 'call', id: string(call, 'id'), name: string(said, 'name') ?? '', arguments: words };
}

function readTool(tool: JsonObject): ArrivedTool {
  const isCustom = tool['type'] === 'custom';
  const said = object(tool, isCustom ? 'custom' : 'function');
  return {
    name: string(said, 'name') ?? '',
    description: string(said, 'description'),
    parameters: said['parameters'],
    strict: boolean(said, 'strict'),
    isCustom,
  };
}

function readChoice(choice: JsonValue | undefined): ArrivedChoice | undefined {
  if (choice === 'auto' || choice === 'none' || choice === 'required') return choice;
  if (!isJsonObject(choice)) return undefined;
  const allowed = object(choice, 'allowed_tools');
  if (choice['type'] === 'allowed_tools') {
    const names = objects(allowed, 'tools').map((tool) => string(object(tool, 'function'), 'name') ?? '');
    return { names, isAuto: allowed['mode'] === 'auto' };
  }
  return { names: [string(object(choice, 'function'), 'name') ?? string(object(choice, 'custom'), 'name') ?? ''] };
}

function readFormat(format: JsonObject): Arrival['format'] {
  if (format['type'] === 'json_object') return { kind: 'json' };
  return format['type'] === 'json_schema'
    ? { kind: 'schema', schema: object(format, 'json_schema')['schema'] }
    : undefined;
}
