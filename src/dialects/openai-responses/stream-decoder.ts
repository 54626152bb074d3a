import { GatewayError } from '../../kernel/errors.ts';
import { isJsonObject, type JsonObject, type JsonValue, parseJsonOrUndefined } from '../../kernel/json.ts';
import type { ChatEvent } from '../../protocol/chat-events.ts';
import type { Frame } from '../../protocol/frame.ts';
import type { StreamDecoder } from '../contract.ts';
import { decodeOutput } from './decode-response.ts';
import { faultOfErrorEvent, faultOfResponse } from './faults.ts';
import { readFinish } from './finish.ts';
import { OutputDecoder } from './output-decoder.ts';
import { readUsage } from './usage.ts';

/** Opens the decoder of one stream: https://platform.openai.com/docs/api-reference/responses-streaming */
export function openDecoder(): StreamDecoder {
  return new ResponseDecoder();
}

const NOTHING: readonly ChatEvent[] = [];
/** Some providers end as the chat format does. */
const DONE = '[DONE]';
/** What a request that leaves it to the provider is told at the beginning; the tier itself is told at the end. */
const TIER_UNDECIDED = 'auto';

class ResponseDecoder implements StreamDecoder {
  readonly #output = new OutputDecoder();
  #hasStarted = false;
  #isOver = false;

  push(frame: Frame): readonly ChatEvent[] {
    if (this.#isOver || frame.data === '' || frame.data === DONE) return NOTHING;
    const event = parseJsonOrUndefined(frame.data);
    if (!isJsonObject(event)) return this.#fail(new GatewayError('upstream.invalid_answer'));
    const { type } = event;
    return this.#read(typeof type === 'string' ? type : frame.event, event);
  }

  end(): readonly ChatEvent[] {
    return this.#isOver ? NOTHING : this.#fail(new GatewayError('upstream.cut'));
  }

  #read(type: string | undefined, event: JsonObject): readonly ChatEvent[] {
    switch (type) {
      case 'response.created':
      case 'response.in_progress':
      case 'response.queued':
        return this.#start(responseOf(event));
      case 'response.completed':
      case 'response.incomplete':
        return this.#finish(type === 'response.completed' ? 'completed' : 'incomplete', responseOf(event));
      case 'response.failed':
      case 'response.cancelled':
        return this.#failed({ ...responseOf(event), status: type.slice('response.'.length) });
      case 'error':
        return this.#fail(faultOfErrorEvent(event));
      case undefined:
        // An error in the chat format's manner; anything else without a type is nothing we know.
        return isJsonObject(event['error']) ? this.#fail(faultOfErrorEvent(event)) : NOTHING;
      default:
        this.#readOutput(type, event);
        return this.#take();
    }
  }

  /** Events of the output. What nobody has heard of changes nothing: its item comes whole at its end. */
  #readOutput(type: string, event: JsonObject): void {
    const output = this.#output;
    const index = numberOf(event['output_index']);
    const { item, part, delta } = event;
    switch (type) {
      case 'response.output_text.delta':
        this.#readText(index, event);
        return;
      case 'response.function_call_arguments.delta':
      case 'response.custom_tool_call_input.delta':
        if (typeof delta === 'string') output.arguments(index, delta);
        return;
      case 'response.reasoning_summary_text.delta':
        if (typeof delta === 'string') output.summary(index, numberOf(event['summary_index']), delta);
        return;
      case 'response.reasoning_text.delta':
        if (typeof delta === 'string') output.reasoning(index, delta);
        return;
      case 'response.refusal.delta':
        if (typeof delta === 'string') output.refusal(index, numberOf(event['content_index']), delta);
        return;
      case 'response.output_text.annotation.added':
        if (isJsonObject(event['annotation'])) {
          output.annotation(index, numberOf(event['content_index']), event['annotation']);
        }
        return;
      case 'response.output_item.added':
        if (isJsonObject(item)) output.added(index, item);
        return;
      case 'response.content_part.done':
        if (isJsonObject(part)) output.partDone(index, numberOf(event['content_index']), part);
        return;
      case 'response.output_item.done':
        if (isJsonObject(item)) output.done(index, item);
        return;
      default:
        return;
    }
  }

  #readText(index: number, event: JsonObject): void {
    const { delta, logprobs } = event;
    const place = numberOf(event['content_index']);
    if (typeof delta === 'string') this.#output.text(index, place, delta);
    if (Array.isArray(logprobs) && logprobs.length > 0) this.#output.logprobs(index, place, logprobs);
  }

  #start(response: JsonObject): readonly ChatEvent[] {
    if (this.#hasStarted) return NOTHING;
    this.#hasStarted = true;
    const tier = stringOf(response['service_tier']);
    return [
      {
        type: 'start',
        id: stringOf(response['id']),
        servedModel: stringOf(response['model']),
        ...(tier === undefined || tier === TIER_UNDECIDED ? {} : { serviceTier: tier }),
      },
    ];
  }

  #finish(status: 'completed' | 'incomplete', response: JsonObject): readonly ChatEvent[] {
    const start = this.#start(response);
    if (this.#output.isEmpty) decodeOutput(this.#output, response);
    else this.#output.closeAll();
    this.#isOver = true;
    return [
      ...start,
      ...this.#output.take(),
      { type: 'choice-end', choice: 0, reason: readFinish(status, response, this.#output.held) },
      { type: 'usage', read: readUsage(response) },
      { type: 'finish' },
    ];
  }

  /** What has come so far, after the start that some providers leave out. */
  #take(): readonly ChatEvent[] {
    const events = this.#output.take();
    return this.#hasStarted || events.length === 0 ? events : [...this.#start({}), ...events];
  }

  /** What was used until then is told even so: it may be billed. */
  #failed(response: JsonObject): readonly ChatEvent[] {
    const fault = this.#fail(faultOfResponse(response) ?? new GatewayError('upstream.error'));
    if (!isJsonObject(response['usage'])) return fault;
    return [...this.#start(response), { type: 'usage', read: readUsage(response) }, ...fault];
  }

  #fail(error: GatewayError): readonly ChatEvent[] {
    this.#isOver = true;
    return [{ type: 'fault', error }];
  }
}

function responseOf(event: JsonObject): JsonObject {
  return isJsonObject(event['response']) ? event['response'] : {};
}

/** An index that is left out is the first. */
function numberOf(value: JsonValue | undefined): number {
  return typeof value === 'number' ? value : 0;
}

function stringOf(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
