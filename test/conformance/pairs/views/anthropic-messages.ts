import { isJsonObject, type JsonObject, parseJsonOrUndefined } from '../../../../src/kernel/json.ts';
import { framesOf } from '../../frames.ts';
import { jsonIn, number, object, objects, string } from '../arrival.ts';
import { NO_VIEW, type Reader, sum, type View, type ViewedUsage } from '../view.ts';

/** https://platform.claude.com/docs/en/api/messages */
export const anthropicMessagesReader: Reader = { whole: readWhole, stream: readStream };

function readWhole(body: JsonObject): View {
  const blocks = objects(body, 'content');
  const ofType = (type: string): readonly JsonObject[] => blocks.filter((block) => block['type'] === type);
  return {
    ...NO_VIEW,
    text: ofType('text')
      .map((block) => string(block, 'text') ?? '')
      .join(''),
    thoughts: ofType('thinking')
      .map((block) => string(block, 'thinking') ?? '')
      .join(''),
    calls: ofType('tool_use').map((block) => ({
      id: string(block, 'id') ?? '',
      name: string(block, 'name') ?? '',
      arguments: block['input'] ?? null,
    })),
    sources: blocks.flatMap((block) => objects(block, 'citations')).map((each) => string(each, 'url') ?? ''),
    choices: 1,
    finish: string(body, 'stop_reason'),
    stopSequence: string(body, 'stop_sequence'),
    usage: usageOf(object(body, 'usage')),
    error: body['error'] === undefined ? undefined : JSON.stringify(body['error']),
    turn: [{ role: 'assistant', content: [...blocks] }],
  };
}

/** Puts the message together as SDKs do, and reads it as a whole one. */
function readStream(text: string): View {
  const events = framesOf(text, 'sse').flatMap(({ data }) => {
    const json = parseJsonOrUndefined(data);
    return isJsonObject(json) ? [json] : [];
  });
  const message: JsonObject = {};
  const blocks: JsonObject[] = [];
  let isStopped = false;
  let error: string | undefined;
  for (const event of events) {
    switch (string(event, 'type') ?? '') {
      case 'message_start':
        Object.assign(message, object(event, 'message'));
        break;
      case 'content_block_start':
        blocks.push({ ...object(event, 'content_block') });
        break;
      case 'content_block_delta':
        join(blocks[number(event, 'index') ?? 0] ?? {}, object(event, 'delta'));
        break;
      case 'message_delta':
        Object.assign(message, object(event, 'delta'), {
          usage: { ...object(message, 'usage'), ...object(event, 'usage') },
        });
        break;
      case 'message_stop':
        isStopped = true;
        break;
      case 'error':
        error = JSON.stringify(event['error']);
        break;
      default:
        break;
    }
  }
  const content = blocks.map(({ partial, ...block }) =>
    partial === undefined ? block : { ...block, input: jsonIn(partial) },
  );
  const view = readWhole({ ...message, content });
  return { ...view, finish: isStopped ? view.finish : undefined, error };
}

function join(block: JsonObject, delta: JsonObject): void {
  const append = (key: string, value: string | undefined): void => {
    block[key] = `${string(block, key) ?? ''}${value ?? ''}`;
  };
  switch (string(delta, 'type') ?? '') {
    case 'text_delta':
      append('text', string(delta, 'text'));
      break;
    case 'thinking_delta':
      append('thinking', string(delta, 'thinking'));
      break;
    case 'signature_delta':
      block['signature'] = delta['signature'];
      break;
    case 'input_json_delta':
      append('partial', string(delta, 'partial_json'));
      break;
    case 'citations_delta':
      block['citations'] = [...objects(block, 'citations'), object(delta, 'citation')];
      break;
    default:
      break;
  }
}

/** Cached tokens stand beside the others here. */
function usageOf(usage: JsonObject): ViewedUsage {
  const read = number(usage, 'cache_read_input_tokens');
  const written = number(usage, 'cache_creation_input_tokens');
  return {
    input: sum(number(usage, 'input_tokens'), read, written),
    read,
    written,
    written1h: number(object(usage, 'cache_creation'), 'ephemeral_1h_input_tokens'),
    output: number(usage, 'output_tokens'),
    reasoning: number(object(usage, 'output_tokens_details'), 'thinking_tokens'),
  };
}
