import type { JsonObject } from '../../../../src/kernel/json.ts';
import {
  type Arrival,
  type ArrivedChoice,
  type ArrivedPart,
  type ArrivedThinking,
  boolean,
  jsonIn,
  markersIn,
  number,
  object,
  objects,
  string,
  textPart,
  turn,
} from '../arrival.ts';

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html */
export function readBedrockConverse(body: JsonObject): Arrival {
  const inference = object(body, 'inferenceConfig');
  const extra = object(body, 'additionalModelRequestFields');
  const toolConfig = object(body, 'toolConfig');
  const specs = objects(toolConfig, 'tools').filter((tool) => tool['toolSpec'] !== undefined);
  const oneAtATime = boolean(object(extra, 'tool_choice'), 'disable_parallel_tool_use');
  return {
    turns: [
      ...turn(
        'system',
        objects(body, 'system').flatMap((block) => textPart(block['text'])),
      ),
      ...objects(body, 'messages').flatMap((message) =>
        turn(message['role'] === 'assistant' ? 'assistant' : 'user', objects(message, 'content').flatMap(readBlock)),
      ),
    ],
    tools: specs.map((tool) => {
      const spec = object(tool, 'toolSpec');
      return {
        name: string(spec, 'name') ?? '',
        description: string(spec, 'description'),
        parameters: object(spec, 'inputSchema')['json'],
        strict: boolean(spec, 'strict'),
        isCustom: false,
      };
    }),
    toolChoice: readChoice(object(toolConfig, 'toolChoice')),
    parallelCalls: oneAtATime === undefined ? undefined : !oneAtATime,
    format: readFormat(object(body, 'outputConfig')),
    thinking: readThinking(extra, string(object(body, 'outputConfig'), 'effort')),
    markers: markersIn(body, 'cachePoint'),
    settings: {
      tokensMax: inference['maxTokens'],
      temperature: inference['temperature'],
      topP: inference['topP'],
      topK: extra['top_k'] ?? extra['topK'],
      stop: inference['stopSequences'],
      serviceTier: object(body, 'serviceTier')['type'],
      metadata: body['requestMetadata'],
      endUser: object(extra, 'metadata')['user_id'],
    },
  };
}

function readBlock(block: JsonObject): readonly ArrivedPart[] {
  const [kind = ''] = Object.keys(block);
  const inner = object(block, kind);
  switch (kind) {
    case 'text':
      return textPart(block['text']);
    case 'image':
      return [{ kind: 'image', from: string(object(inner, 'source'), 'bytes') ?? '' }];
    case 'document':
      return [{ kind: 'file', from: string(object(inner, 'source'), 'bytes') ?? '' }];
    case 'audio':
      return [{ kind: 'audio', from: string(object(inner, 'source'), 'bytes') ?? '' }];
    case 'reasoningContent': {
      const said = object(inner, 'reasoningText');
      const seal = string(said, 'signature') ?? string(inner, 'redactedContent');
      return [{ kind: 'thinking', text: string(said, 'text') ?? '', seal }];
    }
    case 'toolUse':
      return [
        {
          kind: 'call',
          id: string(inner, 'toolUseId'),
          name: string(inner, 'name') ?? '',
          arguments: inner['input'] ?? null,
        },
      ];
    case 'toolResult':
      return [readResult(inner)];
    case 'cachePoint':
      return [];
    default:
      return [{ kind: 'other', word: kind }];
  }
}

function readResult(result: JsonObject): ArrivedPart {
  const content = objects(result, 'content');
  const texts = content.map(
    (part) => string(part, 'text') ?? (part['json'] === undefined ? '' : JSON.stringify(part['json'])),
  );
  return {
    kind: 'result',
    id: string(result, 'toolUseId'),
    name: undefined,
    text: texts.join(''),
    images: content.filter((part) => part['image'] !== undefined).length,
    isError: result['status'] === 'error',
  };
}

function readChoice(choice: JsonObject): ArrivedChoice | undefined {
  if (choice['auto'] !== undefined) return 'auto';
  if (choice['any'] !== undefined) return 'required';
  return choice['tool'] === undefined ? undefined : { names: [string(object(choice, 'tool'), 'name') ?? ''] };
}

function readFormat(config: JsonObject): Arrival['format'] {
  const format = object(config, 'textFormat');
  if (format['type'] !== 'json_schema') return undefined;
  return { kind: 'schema', schema: jsonIn(object(object(format, 'structure'), 'jsonSchema')['schema']) };
}

function readThinking(extra: JsonObject, effort: string | undefined): ArrivedThinking {
  const thinking = object(extra, extra['thinking'] === undefined ? 'reasoning_config' : 'thinking');
  const type = string(thinking, 'type');
  return {
    isOn: type === undefined ? undefined : type !== 'disabled',
    effort: effort ?? string(object(extra, 'output_config'), 'effort') ?? string(extra, 'reasoning_effort'),
    budget: number(thinking, 'budget_tokens'),
  };
}
