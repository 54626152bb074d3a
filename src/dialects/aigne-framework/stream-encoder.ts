import type { ChatEvent } from '../../protocol/chat-events.ts';
import type { Loss } from '../../protocol/records.ts';
import type { Usage } from '../../protocol/usage.ts';
import type { Answering, StreamEncoder, ToldCharge } from '../contract.ts';
import { sseEvent } from '../sse-text.ts';
import { FrameworkAnswer } from './answer.ts';

/**
 * The framework's stream: events of `{ delta: { text } }` that add to fields and `{ delta: { json } }` that set them.
 * There is no terminator: the client takes whatever follows the last event for JSON and fails on `[DONE]`.
 */
export function openEncoder(answering: Answering): StreamEncoder {
  return new FrameworkEncoder(answering);
}

class FrameworkEncoder implements StreamEncoder {
  readonly #answer: FrameworkAnswer;

  constructor(answering: Answering) {
    this.#answer = new FrameworkAnswer(answering);
  }

  get losses(): readonly Loss[] {
    return this.#answer.losses;
  }

  push(event: ChatEvent): string {
    const said = this.#answer.push(event);
    if (said !== undefined) return `data: {"delta":{"text":{"${said.field}":${JSON.stringify(said.text)}}}}\n\n`;
    return event.type === 'start' ? sseEvent({ delta: { json: { model: this.#answer.model } } }) : '';
  }

  finish(usage: Usage, charge?: ToldCharge): string {
    return sseEvent({ delta: { json: this.#answer.rest(usage, charge) } });
  }
}
