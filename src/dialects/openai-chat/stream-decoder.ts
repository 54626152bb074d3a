import { GatewayError } from '../../kernel/errors.ts';
import { isJsonObject, parseJsonOrUndefined } from '../../kernel/json.ts';
import type { ChatEvent } from '../../protocol/chat-events.ts';
import type { Frame } from '../../protocol/frame.ts';
import type { StreamDecoder } from '../contract.ts';
import { AnswerReader } from './answer-reader.ts';
import { faultOfEvent } from './decode-fault.ts';

const DONE = '[DONE]';
const NOTHING: readonly ChatEvent[] = [];

/**
 * Reads a stream of chunks: https://platform.openai.com/docs/api-reference/chat/streaming
 * A choice may go on after it told why it ended, and usage may come in any chunk, so the end is only told at `[DONE]` or
 * at the end of the stream. Some providers send no `[DONE]`: what counts is that every choice told why it ended.
 */
export function openDecoder(): StreamDecoder {
  return new ChunkDecoder();
}

class ChunkDecoder implements StreamDecoder {
  readonly #reader = new AnswerReader();
  #isOver = false;

  push({ event, data }: Frame): readonly ChatEvent[] {
    if (this.#isOver || data === '') return NOTHING;
    if (data === DONE) return this.end();
    const events: ChatEvent[] = [];
    const chunk = parseJsonOrUndefined(data);
    if (!isJsonObject(chunk)) return this.#fail(new GatewayError('upstream.invalid_answer'), events);
    // A few name the event and put the error's fields at the top.
    const fault = faultOfEvent(chunk) ?? (event === 'error' ? faultOfEvent({ error: chunk }) : undefined);
    this.#reader.take(chunk, events);
    const failed = fault ?? this.#reader.failed;
    return failed === undefined ? events : this.#fail(failed, events);
  }

  end(): readonly ChatEvent[] {
    if (this.#isOver) return NOTHING;
    const events: ChatEvent[] = [];
    if (!this.#reader.isComplete) return this.#fail(new GatewayError('upstream.cut'), events);
    this.#isOver = true;
    this.#reader.finish(events);
    return events;
  }

  /** What was used so far is told even so: it may be billed. */
  #fail(error: GatewayError, events: ChatEvent[]): readonly ChatEvent[] {
    this.#isOver = true;
    this.#reader.pushUsage(events);
    events.push({ type: 'fault', error });
    return events;
  }
}
