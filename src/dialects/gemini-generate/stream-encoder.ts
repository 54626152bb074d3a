import type { JsonObject } from '../../kernel/json.ts';
import type { ChatEvent } from '../../protocol/chat-events.ts';
import type { ReasoningRequest } from '../../protocol/chat-request.ts';
import type { Loss } from '../../protocol/records.ts';
import type { Usage } from '../../protocol/usage.ts';
import type { Answering, StreamEncoder } from '../contract.ts';
import { Losses } from '../losses.ts';
import { sseEvent } from '../sse-text.ts';
import { encodeUsage } from './encode-usage.ts';
import { encodeBlock } from './finish.ts';
import { PartWriter, type Said } from './part-writer.ts';

const ID_PREFIX = 'resp';
/** The last piece of a candidate says why it ended; clients take a piece without any part for a broken one. */
const NO_WORDS: JsonObject = { text: '' };

/**
 * Writes an answer as a stream of the Gemini API, each piece with what is new:
 * https://ai.google.dev/api/generate-content#method:-models.streamgeneratecontent. A stream has no terminator: it ends
 * with the piece that tells why.
 */
export class GenerateEncoder implements StreamEncoder {
  readonly #answering: Answering;
  readonly #losses = new Losses();
  readonly #writer: PartWriter;
  #head: JsonObject | undefined;

  constructor(answering: Answering) {
    this.#answering = answering;
    this.#writer = new PartWriter(this.#losses, { showsThoughts: wantsThoughts(answering.request.reasoning) });
  }

  get losses(): readonly Loss[] {
    return this.#losses.list;
  }

  push(event: ChatEvent): string {
    if (event.type === 'start') {
      this.#head = headOf(event, this.#answering);
      return '';
    }
    return this.#write(this.#writer.push(event));
  }

  finish(usage: Usage): string {
    const rest = this.#write(this.#writer.close());
    return `${rest}${sseEvent({ ...endOf(this.#writer), usageMetadata: encodeUsage(usage), ...this.#named() })}`;
  }

  #write(said: readonly Said[]): string {
    return said
      .map(({ choice, part }) =>
        sseEvent({ candidates: [{ content: { parts: [part], role: 'model' }, index: choice }], ...this.#named() }),
      )
      .join('');
  }

  #named(): JsonObject {
    this.#head ??= headOf({ id: undefined, servedModel: undefined }, this.#answering);
    return this.#head;
  }
}

/** Whether the caller asked to be shown what is thought. */
export function wantsThoughts(reasoning: ReasoningRequest | undefined): boolean {
  return reasoning?.summary !== undefined && reasoning.summary !== 'omitted';
}

/** What every piece says of its answer. */
export function headOf(
  said: { readonly id: string | undefined; readonly servedModel: string | undefined },
  answering: Answering,
): JsonObject {
  return {
    modelVersion: said.servedModel ?? answering.model,
    responseId: said.id ?? answering.newId(ID_PREFIX),
  };
}

function endOf(writer: PartWriter): JsonObject {
  const block = blockOf(writer);
  if (block !== undefined) return block;
  const choices = writer.choices.length === 0 ? [0] : writer.choices;
  return {
    candidates: choices.map((index) => ({
      content: { parts: [NO_WORDS], role: 'model' },
      ...writer.endOf(index),
    })),
  };
}

/** The prompt was refused: there is no candidate, and the reason stands in its place. */
export function blockOf(writer: PartWriter): JsonObject | undefined {
  const [first, second] = writer.choices;
  const reason = first === undefined || writer.hasParts(first) ? undefined : writer.reasonOf(first);
  const blockReason = second !== undefined || reason === undefined ? undefined : encodeBlock(reason);
  return blockReason === undefined ? undefined : { promptFeedback: { blockReason } };
}
