import { isJsonObject, type JsonObject, type JsonValue } from '../../../../src/kernel/json.ts';
import {
  type Arrival,
  type ArrivedChoice,
  type ArrivedPart,
  type ArrivedTool,
  type ArrivedTurn,
  boolean,
  jsonIn,
  object,
  objects,
  string,
  textPart,
  turn,
} from '../arrival.ts';

/** https://platform.openai.com/docs/api-reference/responses/create */
export function readOpenaiResponses(body: JsonObject): Arrival {
  const { input } = body;
  const text = object(body, 'text');
  const reasoning = object(body, 'reasoning');
  const effort = string(reasoning, 'effort');
  const items = typeof input === 'string' ? turn('user', textPart(input)) : objects(body, 'input').map(readItem);
  const include = Array.isArray(body['include']) ? body['include'] : [];
  return {
    turns: [...turn('system', textPart(body['instructions'])), ...items],
    tools: objects(body, 'tools').map(readTool),
    toolChoice: readChoice(body['tool_choice']),
    parallelCalls: boolean(body, 'parallel_tool_calls'),
    format: readFormat(object(text, 'format')),
    thinking: { isOn: effort === undefined ? undefined : effort !== 'none', effort, budget: undefined },
    markers: [],
    settings: {
      tokensMax: body['max_output_tokens'],
      temperature: body['temperature'],
      topP: body['top_p'],
      serviceTier: body['service_tier'],
      metadata: body['metadata'],
      endUser: body['user'] ?? body['safety_identifier'],
      verbosity: text['verbosity'],
      promptCacheKey: body['prompt_cache_key'],
      logprobs: include.includes('message.output_text.logprobs') ? (body['top_logprobs'] ?? 0) : undefined,
    },
  };
}

function readItem(item: JsonObject): ArrivedTurn {
  switch (string(item, 'type') ?? 'message') {
    case 'message': {
      const role = string(item, 'role');
      const isSystem = role === 'system' || role === 'developer';
      return {
        role: isSystem ? 'system' : role === 'assistant' ? 'assistant' : 'user',
        parts: readContent(item['content']),
      };
    }
    case 'reasoning': {
      const text = objects(item, 'summary').map((part) => string(part, 'text') ?? '');
      return {
        role: 'assistant',
        parts: [{ kind: 'thinking', text: text.join(''), seal: string(item, 'encrypted_content') }],
      };
    }
    case 'function_call':
    case 'custom_tool_call': {
      const words = item['type'] === 'function_call' ? jsonIn(item['arguments']) : (item['input'] ?? '');
      const call: ArrivedPart = {
        kind: 'call',
        id: string(item, 'call_id'),
        name: string(item, 'name') ?? '',
        arguments: words,
      };
      return { role: 'assistant', parts: [call] };
    }
    case 'function_call_output':
    case 'custom_tool_call_output':
      return { role: 'user', parts: [readOutput(item)] };
    default:
      return { role: 'user', parts: [{ kind: 'other', word: string(item, 'type') ?? '' }] };
  }
}

function readOutput(item: JsonObject): ArrivedPart {
  const content = readContent(item['output']);
  return {
    kind: 'result',
    id: string(item, 'call_id'),
    name: undefined,
    text: content.map((part) => (part.kind === 'text' ? part.text : '')).join(''),
    images: content.filter(({ kind }) => kind === 'image').length,
    isError: false,
  };
}

function readContent(content: JsonValue | undefined): readonly ArrivedPart[] {
  if (!Array.isArray(content)) return textPart(content);
  return content.flatMap((part): readonly ArrivedPart[] => {
    if (!isJsonObject(part)) return [];
    switch (string(part, 'type') ?? '') {
      case 'input_text':
      case 'output_text':
        return textPart(part['text']);
      case 'refusal':
        return textPart(part['refusal']);
      case 'input_image':
        return [{ kind: 'image', from: string(part, 'image_url') ?? '' }];
      case 'input_audio':
        return [{ kind: 'audio', from: string(object(part, 'input_audio'), 'data') ?? '' }];
      case 'input_file':
        return [{ kind: 'file', from: string(part, 'file_data') ?? string(part, 'file_url') ?? '' }];
      default:
        return [{ kind: 'other', word: string(part, 'type') ?? '' }];
    }
  });
}

function readTool(tool: JsonObject): ArrivedTool {
  return {
    name: string(tool, 'name') ?? '',
    description: string(tool, 'description'),
    parameters: tool['parameters'],
    strict: boolean(tool, 'strict'),
    isCustom: tool['type'] === 'custom',
  };
}

function readChoice(choice: JsonValue | undefined): ArrivedChoice | undefined {
  if (choice === 'auto' || choice === 'none' || choice === 'required') return choice;
  if (!isJsonObject(choice)) return undefined;
  if (choice['type'] === 'allowed_tools') {
    const names = objects(choice, 'tools').map((tool) => string(tool, 'name') ?? '');
    return { names, isAuto: choice['mode'] === 'auto' };
  }
  return { names: [string(choice, 'name') ?? ''] };
}

function readFormat(format: JsonObject): Arrival['format'] {
  if (format['type'] === 'json_object') return { kind: 'json' };
  return format['type'] === 'json_schema' ? { kind: 'schema', schema: format['schema'] } : undefined;
}
