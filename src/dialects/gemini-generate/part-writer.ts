import { assertNever } from '../../kernel/assert.ts';
import type { JsonObject, JsonValue } from '../../kernel/json.ts';
import type { BlockHead, ChatEvent, FinishReason } from '../../protocol/chat-events.ts';
import type { Citation, Opaque } from '../../protocol/chat-parts.ts';
import { parseArguments } from '../exact-json.ts';
import type { Losses } from '../losses.ts';
import { packSignature } from './carried-signature.ts';
import { type CitedBlock, encodeSources } from './encode-sources.ts';
import { encodeFinish } from './finish.ts';
import { encodeLogprobs } from './logprobs.ts';
import { audioTypeOf } from './media.ts';
import { GEMINI } from './name.ts';

/** A part of an answer, and which of the candidates says it. */
export type Said = { readonly choice: number; readonly part: JsonObject };

type Block = {
  readonly choice: number;
  readonly head: BlockHead;
  /** What waits until the block is whole. */
  readonly texts: string[];
  isShown: boolean;
  opaque: Opaque | undefined;
};

type Candidate = {
  readonly cited: CitedBlock[];
  readonly logprobs: JsonValue[];
  /** What is sealed, and waits for the part that it can stand in. */
  waiting: string | undefined;
  hasParts: boolean;
  hasRefused: boolean;
  reason: FinishReason | undefined;
};

/**
 * Writes the events of an answer as parts: https://ai.google.dev/api/caching#Part. Texts are told as they come; calls and
 * media are whole in one part. What was thought is shown to those who ask for it, and its seal stands in the next part
 * that can hold it, where the API itself puts its own.
 */
export class PartWriter {
  readonly #losses: Losses;
  readonly #showsThoughts: boolean;
  readonly #blocks = new Map<number, Block>();
  readonly #candidates = new Map<number, Candidate>();

  constructor(losses: Losses, { showsThoughts }: { readonly showsThoughts: boolean }) {
    this.#losses = losses;
    this.#showsThoughts = showsThoughts;
  }

  /** The candidates that said or ended anything, in their order. */
  get choices(): readonly number[] {
    return [...this.#candidates.keys()].toSorted((a, b) => a - b);
  }

  push(event: ChatEvent): readonly Said[] {
    switch (event.type) {
      case 'block-start':
        return this.#begin(event);
      case 'block-delta':
        return this.#text(event.block, event.text);
      case 'block-opaque':
        return this.#set(event.block, event.opaque);
      case 'block-end':
        return this.#end(event.block);
      case 'choice-end':
        this.#candidate(event.choice).reason = event.reason;
        return this.#release(event.choice);
      case 'block-citation':
        this.#cite(event.block, event.citation);
        return [];
      case 'block-logprobs':
        this.#noteLogprobs(event.block, event.logprobs);
        return [];
      case 'block-transcript':
        this.#losses.add('audio.transcript', 'a sound has no place for its words');
        return [];
      case 'loss':
        this.#losses.add(event.field, event.reason);
        return [];
      case 'start':
      case 'usage':
      case 'finish':
      case 'fault':
        return [];
      default:
        return assertNever(event);
    }
  }

  /** Everything still open is said: for answers that end without their blocks. */
  close(): readonly Said[] {
    const said = [...this.#blocks.keys()].flatMap((block) => this.#end(block));
    return [...said, ...this.choices.flatMap((choice) => this.#release(choice))];
  }

  reasonOf(choice: number): FinishReason | undefined {
    return this.#candidates.get(choice)?.reason;
  }

  /** Whether a candidate said anything so far. */
  hasParts(choice: number): boolean {
    return this.#candidates.get(choice)?.hasParts === true;
  }

  /** What is told of a candidate at its end: why it ended, its sources and the probabilities of its words. */
  endOf(choice: number): JsonObject {
    const { cited = [], logprobs = [], reason, hasRefused = false } = this.#candidates.get(choice) ?? {};
    return {
      finishReason: encodeFinish(reason, hasRefused),
      index: choice,
      ...encodeSources(cited),
      ...encodeLogprobs(logprobs),
    };
  }

  #begin({ choice, block, head }: Extract<ChatEvent, { readonly type: 'block-start' }>): readonly Said[] {
    const candidate = this.#candidate(choice);
    if (head.kind === 'foreign') {
      if (head.dialect === GEMINI) return this.#say(choice, head.value);
      this.#losses.add(head.name, 'only its own dialect knows it');
      return [];
    }
    this.#blocks.set(block, { choice, head, texts: [], isShown: false, opaque: undefined });
    if (head.kind === 'text') candidate.cited.push({ block, texts: [], citations: [] });
    return [];
  }

  #text(id: number, text: string): readonly Said[] {
    const block = this.#blocks.get(id);
    if (block === undefined) return [];
    const { choice, head, texts } = block;
    switch (head.kind) {
      case 'text':
        this.#citedOf(id, choice)?.texts.push(text);
        return this.#say(choice, { text });
      case 'refusal':
        this.#candidate(choice).hasRefused = true;
        return this.#say(choice, { text });
      case 'reasoning':
        block.isShown = this.#showsThoughts;
        if (block.isShown) return this.#sayAlone(choice, { text, thought: true });
        texts.push(text);
        return [];
      case 'tool-call':
      case 'image':
      case 'audio':
        texts.push(text);
        return [];
      case 'foreign':
        return [];
      default:
        return assertNever(head);
    }
  }

  #set(id: number, opaque: Opaque): readonly Said[] {
    const block = this.#blocks.get(id);
    if (block !== undefined) block.opaque = opaque;
    return [];
  }

  #end(id: number): readonly Said[] {
    const block = this.#blocks.get(id);
    if (block === undefined) return [];
    this.#blocks.delete(id);
    const { choice, head, opaque } = block;
    const text = block.texts.join('');
    switch (head.kind) {
      case 'text':
        return opaque === undefined ? [] : this.#say(choice, { text: '', thoughtSignature: packSignature(opaque) });
      case 'reasoning':
        return opaque === undefined ? [] : this.#seal(block, opaque, text);
      case 'tool-call':
        return this.#say(choice, this.#callOf(head, text, opaque));
      case 'image':
        return this.#say(choice, { inlineData: { mimeType: head.mediaType, data: text } });
      case 'audio':
        return this.#say(choice, { inlineData: { mimeType: audioTypeOf(head.format), data: text } });
      case 'refusal':
      case 'foreign':
        return [];
      default:
        return assertNever(head);
    }
  }

  /** What is shown is sealed where it stands; the seal of what is not shown holds its words and waits for the next part. */
  #seal({ choice, isShown }: Block, opaque: Opaque, unseen: string): readonly Said[] {
    const thoughtSignature = packSignature(opaque, unseen);
    if (opaque.dialect === GEMINI && !isShown) return this.#sayAlone(choice, { text: '', thoughtSignature });
    if (this.#showsThoughts) return this.#sayAlone(choice, { text: '', thought: true, thoughtSignature });
    const released = this.#release(choice);
    this.#candidate(choice).waiting = thoughtSignature;
    return released;
  }

  #callOf(head: Extract<BlockHead, { kind: 'tool-call' }>, text: string, opaque: Opaque | undefined): JsonObject {
    let args = head.toolKind === 'function' ? parseArguments(text) : { input: text };
    if (args === undefined) {
      this.#losses.add('arguments', 'they are not a JSON object');
      args = { input: text };
    }
    const call = { functionCall: { id: head.id, name: head.name, args } };
    return opaque === undefined ? call : { ...call, thoughtSignature: packSignature(opaque) };
  }

  /** A part, with the seal that waits for one; a part that is signed itself comes after it. */
  #say(choice: number, part: JsonObject): readonly Said[] {
    const candidate = this.#candidate(choice);
    if (candidate.waiting === undefined) return this.#sayAlone(choice, part);
    const canHold = part['thoughtSignature'] === undefined && (part['text'] ?? part['functionCall']) !== undefined;
    if (!canHold) return [...this.#release(choice), ...this.#sayAlone(choice, part)];
    const thoughtSignature = candidate.waiting;
    candidate.waiting = undefined;
    return this.#sayAlone(choice, { ...part, thoughtSignature });
  }

  #sayAlone(choice: number, part: JsonObject): readonly Said[] {
    this.#candidate(choice).hasParts = true;
    return [{ choice, part }];
  }

  #release(choice: number): readonly Said[] {
    const candidate = this.#candidate(choice);
    const { waiting: thoughtSignature } = candidate;
    if (thoughtSignature === undefined) return [];
    candidate.waiting = undefined;
    return this.#sayAlone(choice, { text: '', thoughtSignature });
  }

  #cite(id: number, citation: Citation): void {
    const block = this.#blocks.get(id);
    if (block !== undefined) this.#citedOf(id, block.choice)?.citations.push(citation);
  }

  #noteLogprobs(id: number, logprobs: readonly JsonValue[]): void {
    const block = this.#blocks.get(id);
    if (block === undefined) return;
    const { logprobs: noted } = this.#candidate(block.choice);
    for (const logprob of logprobs) noted.push(logprob);
  }

  #citedOf(id: number, choice: number): CitedBlock | undefined {
    return this.#candidate(choice).cited.find(({ block }) => block === id);
  }

  #candidate(choice: number): Candidate {
    const known = this.#candidates.get(choice);
    if (known !== undefined) return known;
    const candidate: Candidate = {
      cited: [],
      logprobs: [],
      waiting: undefined,
      hasParts: false,
      hasRefused: false,
      reason: undefined,
    };
    this.#candidates.set(choice, candidate);
    return candidate;
  }
}
