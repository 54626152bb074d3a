import { assertNever } from '../kernel/assert.ts';
import type { JsonValue } from '../kernel/json.ts';
import type { AnsweredPart, BlockHead, ChatEvent, ChatResponse, FinishReason } from '../protocol/chat-events.ts';
import type { Citation, Opaque } from '../protocol/chat-parts.ts';
import type { Loss } from '../protocol/records.ts';
import { type ReadUsage, UNSAID_USAGE } from '../protocol/usage.ts';

type OpenBlock = {
  readonly choice: number;
  readonly head: BlockHead;
  readonly texts: string[];
  readonly transcripts: string[];
  readonly citations: Citation[];
  readonly logprobs: JsonValue[];
  opaque: Opaque | undefined;
};

export type Collected = { readonly response: ChatResponse; readonly losses: readonly Loss[] };

/**
 * Puts an answer's events together. Blocks stand in the order in which they began.
 * @throws GatewayError of a `fault` event
 */
export function collectEvents(events: Iterable<ChatEvent>): Collected {
  const collector = new Collector();
  for (const event of events) collector.push(event);
  return { response: collector.response(), losses: collector.losses };
}

class Collector {
  readonly losses: Loss[] = [];
  #id: string | undefined;
  #servedModel: string | undefined;
  #serviceTier: string | undefined;
  #usage: ReadUsage = UNSAID_USAGE;
  readonly #blocks = new Map<number, OpenBlock>();
  readonly #reasons = new Map<number, FinishReason>();

  push(event: ChatEvent): void {
    switch (event.type) {
      case 'start':
        this.#id = event.id;
        this.#servedModel = event.servedModel;
        this.#serviceTier = event.serviceTier;
        return;
      case 'block-start':
        this.#blocks.set(event.block, {
          choice: event.choice,
          head: event.head,
          texts: [],
          transcripts: [],
          citations: [],
          logprobs: [],
          opaque: undefined,
        });
        return;
      case 'block-delta':
        this.#blocks.get(event.block)?.texts.push(event.text);
        return;
      case 'block-transcript':
        this.#blocks.get(event.block)?.transcripts.push(event.text);
        return;
      case 'block-citation':
        this.#blocks.get(event.block)?.citations.push(event.citation);
        return;
      case 'block-logprobs':
        // One by one: an answer has more of them than a call may have arguments.
        for (const logprob of event.logprobs) this.#blocks.get(event.block)?.logprobs.push(logprob);
        return;
      case 'block-opaque': {
        const block = this.#blocks.get(event.block);
        if (block !== undefined) block.opaque = event.opaque;
        return;
      }
      case 'choice-end':
        this.#reasons.set(event.choice, event.reason);
        return;
      case 'usage':
        this.#usage = event.read;
        return;
      case 'loss':
        this.losses.push({ field: event.field, reason: event.reason });
        return;
      case 'fault':
        throw event.error;
      case 'block-end':
      case 'finish':
        return;
      default:
        assertNever(event);
    }
  }

  response(): ChatResponse {
    const indexes = new Set([...this.#reasons.keys(), ...[...this.#blocks.values()].map(({ choice }) => choice)]);
    const blocks = [...this.#blocks.values()];
    return {
      id: this.#id,
      servedModel: this.#servedModel,
      serviceTier: this.#serviceTier,
      choices: [...indexes]
        .sort((a, b) => a - b)
        .map((index) => ({
          index,
          parts: blocks.filter(({ choice }) => choice === index).map(closeBlock),
          reason: this.#reasons.get(index) ?? { kind: 'other', raw: undefined },
        })),
      usage: this.#usage,
    };
  }
}

function closeBlock({ head, texts, transcripts, citations, logprobs, opaque }: OpenBlock): AnsweredPart {
  const text = texts.length === 1 && texts[0] !== undefined ? texts[0] : texts.join('');
  switch (head.kind) {
    case 'text':
      return {
        type: 'text',
        text,
        ...(citations.length === 0 ? {} : { citations }),
        ...(logprobs.length === 0 ? {} : { logprobs }),
        ...(opaque === undefined ? {} : { opaque }),
      };
    case 'reasoning':
      return {
        type: 'reasoning',
        text,
        ...(opaque === undefined ? {} : { opaque }),
        ...(head.id === undefined ? {} : { id: head.id }),
        ...(head.isSummary === undefined ? {} : { isSummary: head.isSummary }),
      };
    case 'tool-call':
      return {
        type: 'tool-call',
        id: head.id,
        name: head.name,
        arguments: text,
        kind: head.toolKind,
        ...(opaque === undefined ? {} : { opaque }),
      };
    case 'refusal':
      return { type: 'refusal', text };
    case 'image':
      return { type: 'image', source: { from: 'base64', mediaType: head.mediaType, data: text } };
    case 'audio':
      return {
        type: 'audio',
        source: { from: 'base64', mediaType: `audio/${head.format}`, data: text },
        format: head.format,
        ...(transcripts.length === 0 ? {} : { transcript: transcripts.join('') }),
        ...(head.id === undefined ? {} : { audioId: head.id }),
      };
    case 'foreign':
      return { type: 'foreign', dialect: head.dialect, kind: head.name, value: head.value };
    default:
      return assertNever(head);
  }
}
