import { assertNever } from '../../kernel/assert.ts';
import type { JsonObject } from '../../kernel/json.ts';
import type { BlockHead, ChatEvent, FinishReason } from '../../protocol/chat-events.ts';
import type { Loss } from '../../protocol/records.ts';
import type { Usage } from '../../protocol/usage.ts';
import type { Answering, StreamEncoder } from '../contract.ts';
import { Losses } from '../losses.ts';
import {
  AudioWriter,
  type BlockWriter,
  CallWriter,
  ImageWriter,
  ReasoningWriter,
  SilentWriter,
} from './block-writers.ts';
import { type EventSink, StreamSink } from './event-sink.ts';
import { writeFinish } from './finish.ts';
import { MessageWriter, RefusalWriter, TextWriter } from './message-writer.ts';
import { NAME } from './name.ts';
import { OutputItems } from './output-items.ts';
import { ResponseBody } from './response-body.ts';
import { writeUsage } from './usage.ts';

/** Opens the encoder of one stream: https://platform.openai.com/docs/api-reference/responses-streaming */
export function openEncoder(answering: Answering): StreamEncoder {
  return new ResponseEncoder(answering, new StreamSink());
}

/** The model gives one answer; a second choice has no place. */
const CHOICE = 0;

/** Builds a Response out of an answer's events, and tells its own events on the way. */
export class ResponseEncoder implements StreamEncoder {
  readonly #sink: EventSink;
  readonly #body: ResponseBody;
  readonly #losses = new Losses();
  readonly #output: OutputItems;
  readonly #blocks = new Map<number, BlockWriter>();
  #message: MessageWriter | undefined;
  #hasBegun = false;
  #hasRefusal = false;
  #reason: FinishReason | undefined;
  #serviceTier: string | undefined;

  constructor(answering: Answering, sink: EventSink) {
    this.#sink = sink;
    this.#body = new ResponseBody(answering);
    this.#output = new OutputItems(sink, this.#losses, answering);
  }

  get losses(): readonly Loss[] {
    return this.#losses.list;
  }

  push(event: ChatEvent): string {
    switch (event.type) {
      case 'start':
        this.#serviceTier = event.serviceTier;
        return this.#begin();
      case 'block-start':
        return this.#begin() + this.#open(event.choice, event.block, event.head);
      case 'block-delta':
        return this.#blocks.get(event.block)?.delta(event.text) ?? '';
      case 'block-transcript':
        return this.#blocks.get(event.block)?.transcript(event.text) ?? '';
      case 'block-opaque':
        return this.#blocks.get(event.block)?.opaque(event.opaque) ?? '';
      case 'block-citation':
        return this.#blocks.get(event.block)?.citation(event.citation) ?? '';
      case 'block-logprobs':
        return this.#blocks.get(event.block)?.logprobs(event.logprobs) ?? '';
      case 'block-end':
        return this.#close(event.block);
      case 'choice-end':
        return this.#endChoice(event.choice, event.reason);
      case 'loss':
        this.#losses.add(event.field, event.reason);
        return '';
      case 'usage':
      case 'finish':
      case 'fault':
        return '';
      default:
        return assertNever(event);
    }
  }

  finish(usage: Usage): string {
    const { text, response } = this.end(usage);
    const type = response['status'] === 'incomplete' ? 'response.incomplete' : 'response.completed';
    return text + this.#sink.event(type, { response });
  }

  /** Ends the answer: the events of what was still open, and the whole Response. */
  end(usage: Usage): { readonly text: string; readonly response: JsonObject } {
    let text = this.#begin();
    for (const block of this.#blocks.keys()) text += this.#close(block);
    const { status, reason } = writeFinish(this.#reason, this.#hasRefusal);
    text += this.#release(status);
    const response = this.#body.at({
      status,
      reason,
      output: this.#output.list,
      usage: writeUsage(usage),
      serviceTier: this.#serviceTier,
    });
    return { text, response };
  }

  #begin(): string {
    if (this.#hasBegun) return '';
    this.#hasBegun = true;
    const response = this.#body.at({
      status: 'in_progress',
      reason: undefined,
      output: [],
      usage: null,
      serviceTier: this.#serviceTier,
    });
    return this.#sink.event('response.created', { response }) + this.#sink.event('response.in_progress', { response });
  }

  #open(choice: number, block: number, head: BlockHead): string {
    if (choice !== CHOICE) {
      this.#losses.add('choices', 'the Responses API gives one answer');
      return '';
    }
    const { writer, text } = this.#writerOf(head);
    this.#blocks.set(block, writer);
    return text;
  }

  #writerOf(head: BlockHead): { readonly writer: BlockWriter; readonly text: string } {
    switch (head.kind) {
      case 'text':
      case 'refusal':
        return this.#openPart(head.kind);
      case 'reasoning': {
        const text = this.#release('completed');
        const writer = new ReasoningWriter(this.#output, { id: head.id, isSummary: head.isSummary });
        return { writer, text: text + writer.begin() };
      }
      case 'tool-call':
        return { text: this.#release('completed'), writer: new CallWriter(this.#output, head) };
      case 'image':
        return { text: this.#release('completed'), writer: new ImageWriter(this.#output, head.mediaType) };
      case 'audio':
        return { text: '', writer: new AudioWriter(this.#output, () => this.#openPart('text')) };
      case 'foreign':
        return { text: this.#addForeign(head), writer: new SilentWriter(this.#output) };
      default:
        return assertNever(head);
    }
  }

  /** A part of the message that is under way, or of a new one. */
  #openPart(kind: 'text' | 'refusal'): { readonly writer: BlockWriter; readonly text: string } {
    let text = '';
    if (this.#message?.isIdle !== true) {
      text = this.#release('completed');
      this.#message = new MessageWriter(this.#output);
      text += this.#message.opening;
    }
    if (kind === 'refusal') this.#hasRefusal = true;
    const Writer = kind === 'text' ? TextWriter : RefusalWriter;
    const writer = new Writer(this.#output, this.#message);
    return { writer, text: text + writer.opening };
  }

  #addForeign(head: Extract<BlockHead, { readonly kind: 'foreign' }>): string {
    if (head.dialect !== NAME) {
      this.#losses.add(head.name, `it belongs to ${head.dialect}`);
      return '';
    }
    const released = this.#release('completed');
    const { index, text } = this.#output.add(head.value);
    return released + text + this.#output.done(index, head.value);
  }

  #close(block: number): string {
    const writer = this.#blocks.get(block);
    this.#blocks.delete(block);
    return writer?.end() ?? '';
  }

  #endChoice(choice: number, reason: FinishReason): string {
    if (choice !== CHOICE) return '';
    this.#reason = reason;
    return this.#release(writeFinish(reason, this.#hasRefusal).status);
  }

  #release(status: 'completed' | 'incomplete'): string {
    const message = this.#message;
    this.#message = undefined;
    return message?.release(status) ?? '';
  }
}
