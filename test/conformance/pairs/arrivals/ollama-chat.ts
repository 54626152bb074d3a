import type { JsonObject } from '../../../../src/kernel/json.ts';
import {
  type Arrival,
  type ArrivedPart,
  type ArrivedTurn,
  jsonIn,
  object,
  objects,
  string,
  textPart,
} from '../arrival.ts';

/** https://docs.ollama.com/api/chat */
export function readOllamaChat(body: JsonObject): Arrival {
  const options = object(body, 'options');
  const { think, format } = body;
  const effort = typeof think === 'string' ? think : undefined;
  return {
    turns: objects(body, 'messages').map(readMessage),
    tools: objects(body, 'tools').map((tool) => {
      const said = object(tool, 'function');
      return {
        name: string(said, 'name') ?? '',
        description: string(said, 'description'),
        parameters: said['parameters'],
        strict: undefined,
        isCustom: false,
      };
    }),
    toolChoice: undefined,
    parallelCalls: undefined,
    format:
      format === undefined ? undefined : format === 'json' ? { kind: 'json' } : { kind: 'schema', schema: format },
    thinking: { isOn: think === undefined ? undefined : think !== false, effort, budget: undefined },
    markers: [],
    settings: {
      tokensMax: options['num_predict'],
      temperature: options['temperature'],
      topP: options['top_p'],
      topK: options['top_k'],
      stop: options['stop'],
      seed: options['seed'],
      presencePenalty: options['presence_penalty'],
      frequencyPenalty: options['frequency_penalty'],
      logprobs: body['logprobs'] === true ? (body['top_logprobs'] ?? 0) : undefined,
    },
  };
}

function readMessage(message: JsonObject): ArrivedTurn {
  const images: ArrivedPart[] = (Array.isArray(message['images']) ? message['images'] : []).map((image) => ({
    kind: 'image',
    from: typeof image === 'string' ? image : '',
  }));
  const text = textPart(message['content']);
  const role = string(message, 'role') ?? '';
  if (role === 'tool') {
    const result: ArrivedPart = {
      kind: 'result',
      id: string(message, 'tool_call_id'),
      name: string(message, 'tool_name'),
      text: string(message, 'content') ?? '',
      images: images.length,
      isError: false,
    };
    return { role: 'user', parts: [result] };
  }
  if (role === 'assistant') {
    const thought = string(message, 'thinking');
    const thinking: ArrivedPart[] = thought === undefined ? [] : [{ kind: 'thinking', text: thought, seal: undefined }];
    const calls = objects(message, 'tool_calls').map((call): ArrivedPart => {
      const said = object(call, 'function');
      return {
        kind: 'call',
        id: string(call, 'id'),
        name: string(said, 'name') ?? '',
        arguments: jsonIn(said['arguments']),
      };
    });
    return { role: 'assistant', parts: [...thinking, ...text, ...images, ...calls] };
  }
  return { role: role === 'system' || role === 'developer' ? 'system' : 'user', parts: [...text, ...images] };
}
