import { isJsonObject, type JsonObject, type JsonValue } from '../../kernel/json.ts';
import type { BlockHead, ChatEvent } from '../../protocol/chat-events.ts';
import { type Sealed, unpackSignature } from './carried-signature.ts';
import { citationsOf, noteSources, type Sources } from './citations.ts';
import { finishOf, saidReason } from './finish.ts';
import { readLogprobs } from './logprobs.ts';
import { audioFormatOf } from './media.ts';
import { GEMINI } from './name.ts';
import { searchesIn } from './searches.ts';

/** Numbers that run through all choices of one answer. */
export type Numbering = { readonly nextBlock: () => number; readonly nextCallId: () => string };

const NONE = -1;

/** Reads the parts of one candidate: https://ai.google.dev/api/caching#Part */
export class ChoiceReader {
  readonly #choice: number;
  readonly #numbering: Numbering;
  #open = NONE;
  #openKind: 'text' | 'reasoning' | 'none' = 'none';
  /** Signed and unsigned texts are not to be put together, so that nothing more is added to a signed one. */
  #openIsSigned = false;
  #reason: string | undefined;
  #hasCalls = false;
  /** The visible text, which sources point into, and where in it the open block begins. */
  readonly #texts: string[] = [];
  #openFrom = 0;
  readonly #sources: Sources = { grounding: undefined, recitation: undefined, urlContext: undefined };

  constructor(choice: number, numbering: Numbering) {
    this.#choice = choice;
    this.#numbering = numbering;
  }

  get isFinished(): boolean {
    return this.#reason !== undefined;
  }

  /** What was searched for so far. */
  get searches(): readonly JsonValue[] {
    return searchesIn(this.#sources.grounding);
  }

  read(candidate: JsonObject, events: ChatEvent[]): void {
    const content = candidate['content'];
    const parts = isJsonObject(content) ? content['parts'] : undefined;
    if (Array.isArray(parts)) {
      for (const part of parts) if (isJsonObject(part)) this.#readPart(part, events);
    }
    if (candidate['logprobsResult'] !== undefined) this.#readLogprobs(candidate, events);
    noteSources(this.#sources, candidate);
    this.#reason = saidReason(candidate['finishReason']) ?? this.#reason;
  }

  end(events: ChatEvent[]): void {
    this.#tellSources(events);
    this.#close(events);
    events.push({ type: 'choice-end', choice: this.#choice, reason: finishOf(this.#reason, this.#hasCalls) });
  }

  #readPart(part: JsonObject, events: ChatEvent[]): void {
    const { text, functionCall, inlineData } = part;
    if (typeof text === 'string') this.#readText(text, part, events);
    else if (isJsonObject(functionCall)) this.#readCall(functionCall, part, events);
    else if (isJsonObject(inlineData) && part['thought'] !== true) this.#readMedia(inlineData, part, events);
    else this.#readForeign(part, events);
  }

  #readText(text: string, part: JsonObject, events: ChatEvent[]): void {
    const kind = part['thought'] === true ? 'reasoning' : 'text';
    const sealed = sealOf(part);
    if (sealed !== undefined) {
      if (kind === 'reasoning') this.#readText(text, { thought: true }, events);
      this.#readSealed(sealed, kind === 'reasoning' && text !== '', events);
      if (kind === 'reasoning') return;
    }
    const signature = sealed === undefined ? signatureOf(part) : undefined;
    if (text === '' && signature === undefined) return;
    const goesOn = this.#openKind === kind && !this.#openIsSigned;
    // A signature alone belongs to the text before it; where there is none it stands for itself.
    if (!goesOn) this.#begin(text === '' ? 'reasoning' : kind, events);
    if (text !== '') {
      events.push({ type: 'block-delta', block: this.#open, text });
      if (kind === 'text') this.#texts.push(text);
    }
    if (signature === undefined) return;
    this.#openIsSigned = true;
    this.#sign(this.#open, signature, events);
  }

  /** What another service sealed, and a hub behind the address carried: with its words, where they are not shown. */
  #readSealed({ opaque, text }: Sealed, isShown: boolean, events: ChatEvent[]): void {
    const goesOn = this.#openKind === 'reasoning' && !this.#openIsSigned && (isShown || text === '');
    if (!goesOn) this.#begin('reasoning', events);
    if (!goesOn && text !== '') events.push({ type: 'block-delta', block: this.#open, text });
    events.push({ type: 'block-opaque', block: this.#open, opaque });
    this.#openIsSigned = true;
  }

  #readCall(call: JsonObject, part: JsonObject, events: ChatEvent[]): void {
    const { id, name, args } = call;
    if (typeof name !== 'string' || name === '') return;
    const sealed = sealOf(part);
    if (sealed !== undefined) this.#readSealed(sealed, false, events);
    this.#hasCalls = true;
    const made = this.#numbering.nextCallId();
    const head = {
      kind: 'tool-call',
      id: typeof id === 'string' && id !== '' ? id : made,
      name,
      toolKind: 'function',
    } as const;
    const block = this.#beginWhole(head, events);
    // Before the arguments: callers get a call's signature in its id, which comes first in their streams.
    const signature = sealed === undefined ? signatureOf(part) : undefined;
    if (signature !== undefined) this.#sign(block, signature, events);
    events.push({ type: 'block-delta', block, text: isJsonObject(args) ? JSON.stringify(args) : '{}' });
    if (call['partialArgs'] !== undefined || call['willContinue'] === true) {
      events.push({ type: 'loss', field: 'arguments', reason: 'arguments in pieces, for which nobody asked' });
    }
    events.push({ type: 'block-end', block });
  }

  #readMedia(inlineData: JsonObject, part: JsonObject, events: ChatEvent[]): void {
    const { mimeType, data } = inlineData;
    const head = typeof mimeType === 'string' ? mediaHead(mimeType) : undefined;
    if (head === undefined || typeof data !== 'string' || data === '') {
      this.#readForeign(part, events);
      return;
    }
    const block = this.#beginWhole(head, events);
    events.push({ type: 'block-delta', block, text: data }, { type: 'block-end', block });
    if (signatureOf(part) !== undefined) {
      events.push({ type: 'loss', field: 'image.signature', reason: 'a picture has no place for its signature' });
    }
  }

  /** Code that the model ran, tools that the provider ran, pictures of its thoughts: whole, to go back as they came. */
  #readForeign(part: JsonObject, events: ChatEvent[]): void {
    const name = Object.keys(part).find((key) => key !== 'thought' && key !== 'thoughtSignature');
    if (name === undefined) return;
    const block = this.#beginWhole({ kind: 'foreign', dialect: GEMINI, name, value: part }, events);
    events.push({ type: 'block-end', block });
  }

  #readLogprobs(candidate: JsonObject, events: ChatEvent[]): void {
    const logprobs = readLogprobs(candidate['logprobsResult']);
    if (logprobs.length === 0) return;
    if (this.#openKind === 'text') events.push({ type: 'block-logprobs', block: this.#open, logprobs });
    else events.push({ type: 'loss', field: 'logprobs', reason: 'there is no text that they belong to' });
  }

  #tellSources(events: ChatEvent[]): void {
    const { grounding } = this.#sources;
    if (grounding?.['searchEntryPoint'] !== undefined) {
      events.push({ type: 'loss', field: 'searchEntryPoint', reason: 'suggestions of a search have no place' });
    }
    const text = this.#texts.join('');
    const citations = citationsOf(this.#sources, text);
    if (citations.length === 0) return;
    if (this.#openKind !== 'text') {
      events.push({
        type: 'loss',
        field: 'citations',
        reason: 'the answer does not end in the text that they belong to',
      });
      return;
    }
    for (const citation of citations) {
      const { startIndex, endIndex } = citation;
      const isWithin = startIndex !== undefined && startIndex >= this.#openFrom;
      const from = isWithin ? startIndex - this.#openFrom : undefined;
      const to = isWithin && endIndex !== undefined ? endIndex - this.#openFrom : undefined;
      events.push({
        type: 'block-citation',
        block: this.#open,
        citation: { ...citation, startIndex: from, endIndex: to },
      });
    }
  }

  #begin(kind: 'text' | 'reasoning', events: ChatEvent[]): void {
    this.#close(events);
    this.#open = this.#numbering.nextBlock();
    this.#openKind = kind;
    this.#openIsSigned = false;
    if (kind === 'text') this.#openFrom = this.#texts.reduce((length, text) => length + text.length, 0);
    events.push({ type: 'block-start', choice: this.#choice, block: this.#open, head: { kind } });
  }

  #beginWhole(head: BlockHead, events: ChatEvent[]): number {
    this.#close(events);
    const block = this.#numbering.nextBlock();
    events.push({ type: 'block-start', choice: this.#choice, block, head });
    return block;
  }

  #close(events: ChatEvent[]): void {
    if (this.#open === NONE) return;
    events.push({ type: 'block-end', block: this.#open });
    this.#open = NONE;
    this.#openKind = 'none';
  }

  #sign(block: number, value: string, events: ChatEvent[]): void {
    events.push({ type: 'block-opaque', block, opaque: { dialect: GEMINI, kind: 'signature', value } });
  }
}

function sealOf(part: JsonObject): Sealed | undefined {
  const signature = signatureOf(part);
  return signature === undefined ? undefined : unpackSignature(signature);
}

function signatureOf(part: JsonObject): string | undefined {
  const signature = part['thoughtSignature'];
  return typeof signature === 'string' && signature !== '' ? signature : undefined;
}

function mediaHead(mimeType: string): BlockHead | undefined {
  if (mimeType.startsWith('image/')) return { kind: 'image', mediaType: mimeType };
  if (!mimeType.startsWith('audio/')) return undefined;
  return { kind: 'audio', format: audioFormatOf(mimeType) };
}
