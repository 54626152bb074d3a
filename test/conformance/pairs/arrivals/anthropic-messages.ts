import { isJsonObject, type JsonObject, type JsonValue } from '../../../../src/kernel/json.ts';
import {
  type Arrival,
  type ArrivedChoice,
  type ArrivedPart,
  type ArrivedThinking,
  boolean,
  markersIn,
  number,
  object,
  objects,
  string,
  textPart,
  turn,
} from '../arrival.ts';

/** https://platform.claude.com/docs/en/api/messages/create */
export function readAnthropicMessages(body: JsonObject): Arrival {
  const config = object(body, 'output_config');
  const choice = object(body, 'tool_choice');
  const isOneAtATime = boolean(choice, 'disable_parallel_tool_use');
  return {
    turns: [
      ...turn('system', readContent(body['system'])),
      ...objects(body, 'messages').flatMap((message) => {
        const role = string(message, 'role');
        return turn(role === 'assistant' || role === 'system' ? role : 'user', readContent(message['content']));
      }),
    ],
    tools: objects(body, 'tools').map((tool) => ({
      name: string(tool, 'name') ?? '',
      description: string(tool, 'description'),
      parameters: tool['input_schema'],
      strict: boolean(tool, 'strict'),
      isCustom: false,
    })),
    toolChoice: readChoice(choice),
    parallelCalls: isOneAtATime === undefined ? undefined : !isOneAtATime,
    format: readFormat(config['format'] ?? body['output_format']),
    thinking: readThinking(object(body, 'thinking'), string(config, 'effort')),
    markers: markersIn(body, 'cache_control'),
    settings: {
      tokensMax: body['max_tokens'],
      temperature: body['temperature'],
      topP: body['top_p'],
      topK: body['top_k'],
      stop: body['stop_sequences'],
      serviceTier: body['service_tier'],
      endUser: object(body, 'metadata')['user_id'],
    },
  };
}

function readContent(content: JsonValue | undefined): readonly ArrivedPart[] {
  if (!Array.isArray(content)) return textPart(content);
  return content.flatMap((block): readonly ArrivedPart[] => (isJsonObject(block) ? readBlock(block) : []));
}

function readBlock(block: JsonObject): readonly ArrivedPart[] {
  const source = object(block, 'source');
  const from = string(source, 'url') ?? string(source, 'data') ?? '';
  switch (string(block, 'type') ?? '') {
    case 'text':
      return textPart(block['text']);
    case 'image':
      return [{ kind: 'image', from }];
    case 'document':
      return [{ kind: 'file', from }];
    case 'thinking':
      return [{ kind: 'thinking', text: string(block, 'thinking') ?? '', seal: string(block, 'signature') }];
    case 'redacted_thinking':
      return [{ kind: 'thinking', text: '', seal: string(block, 'data') }];
    case 'tool_use':
      return [
        { kind: 'call', id: string(block, 'id'), name: string(block, 'name') ?? '', arguments: block['input'] ?? null },
      ];
    case 'tool_result': {
      const content = readContent(block['content']);
      return [
        {
          kind: 'result',
          id: string(block, 'tool_use_id'),
          name: undefined,
          text: content.map((part) => (part.kind === 'text' ? part.text : '')).join(''),
          images: content.filter(({ kind }) => kind === 'image').length,
          isError: block['is_error'] === true,
        },
      ];
    }
    default:
      return [{ kind: 'other', word: string(block, 'type') ?? '' }];
  }
}

function readChoice(choice: JsonObject): ArrivedChoice | undefined {
  switch (string(choice, 'type') ?? '') {
    case 'auto':
    case 'none':
      return choice['type'] === 'auto' ? 'auto' : 'none';
    case 'any':
      return 'required';
    case 'tool':
      return { names: [string(choice, 'name') ?? ''] };
    default:
      return undefined;
  }
}

function readFormat(format: JsonValue | undefined): Arrival['format'] {
  return isJsonObject(format) && format['type'] === 'json_schema'
    ? { kind: 'schema', schema: format['schema'] }
    : undefined;
}

function readThinking(thinking: JsonObject, effort: string | undefined): ArrivedThinking {
  const type = string(thinking, 'type');
  return {
    isOn: type === undefined ? undefined : type !== 'disabled',
    effort,
    budget: number(thinking, 'budget_tokens'),
  };
}
