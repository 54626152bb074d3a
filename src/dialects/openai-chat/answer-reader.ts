import { GatewayError } from '../../kernel/errors.ts';
import { isJsonObject, type JsonObject, type JsonValue, parseJsonOrUndefined } from '../../kernel/json.ts';
import type { BlockHead, ChatEvent, FinishReason } from '../../protocol/chat-events.ts';
import { parseDataUrl } from '../fields.ts';
import { type BlockCounter, CallsReader } from './calls-reader.ts';
import { readAnnotation, readSources } from './citations.ts';
import { faultOfEvent } from './decode-fault.ts';
import { thinkingText } from './decode-messages.ts';
import { readFinish } from './finish.ts';
import { OPENAI_CHAT } from './name.ts';
import { readDetail } from './reasoning-details.ts';
import { readOpenAiUsage } from './usage.ts';

/** OpenAI's default for the sound of answers, which no answer names. */
const AUDIO_FORMAT_DEFAULT = 'wav';
const PLAIN_REASONING = 'plain';

/** One block of running content; tool calls have a reader of their own. */
type OpenBlock = { readonly block: number; readonly kind: BlockHead['kind']; readonly key: string };

/** One choice as far as it was told. */
type Choice = {
  readonly index: number;
  readonly calls: CallsReader;
  open: OpenBlock | undefined;
  reason: FinishReason | undefined;
};

/**
 * Turns the messages of an answer, whole or in deltas, into events. A whole message is a single delta. At any time a choice
 * has one open block of text, reasoning or the like, beside its tool calls.
 *
 * The format: https://platform.openai.com/docs/api-reference/chat/object, in deltas:
 * https://platform.openai.com/docs/api-reference/chat/streaming
 */
export class AnswerReader {
  readonly #choices = new Map<number, Choice>();
  readonly #blocks: BlockCounter = { next: 0 };
  #id: string | undefined;
  #started = false;
  #usage: JsonValue | undefined;
  /** The last chunk that named the answer's sources. */
  #sourced: JsonObject | undefined;
  #isCited = false;
  #failed: GatewayError | undefined;

  /** What failed within a choice. */
  get failed(): GatewayError | undefined {
    return this.#failed;
  }

  get hasChoices(): boolean {
    return this.#choices.size > 0;
  }

  /** Takes a chunk, or a whole answer. */
  take(answer: JsonObject, events: ChatEvent[]): void {
    const usage = answer['usage'] ?? groqUsage(answer);
    if (usage !== undefined && usage !== null) this.#usage = usage;
    if (answer['citations'] !== undefined || answer['search_results'] !== undefined) this.#sourced = answer;
    const choices = answer['choices'];
    if (!Array.isArray(choices) || choices.length === 0) return;
    if (!this.#started) this.#start(answer, events);
    for (let place = 0; place < choices.length; place += 1) {
      const choice = choices[place];
      if (isJsonObject(choice)) this.#takeChoice(choice, place, events);
    }
  }

  /** Closes every block and choice, and tells what was used. A choice without a reason gets one that says nothing. */
  finish(events: ChatEvent[]): void {
    this.#tellSources(events);
    for (const choice of this.#choices.values()) {
      this.#close(choice, events);
      const unsaid: FinishReason = { kind: choice.calls.count > 0 ? 'tool-call' : 'other', raw: undefined };
      events.push({ type: 'choice-end', choice: choice.index, reason: choice.reason ?? unsaid });
    }
    this.pushUsage(events);
    events.push({ type: 'finish' });
  }

  /** Whether every choice that was begun has told why it ended. */
  get isComplete(): boolean {
    for (const { reason } of this.#choices.values()) if (reason === undefined) return false;
    return this.#choices.size > 0;
  }

  pushUsage(events: ChatEvent[]): void {
    if (this.#started && this.#usage !== undefined) {
      events.push({ type: 'usage', read: readOpenAiUsage(this.#usage, 'chat') });
    }
  }

  #start(answer: JsonObject, events: ChatEvent[]): void {
    this.#started = true;
    this.#id = filled(answer['id']);
    const start = { type: 'start', id: this.#id, servedModel: filled(answer['model']) } as const;
    const serviceTier = filled(answer['service_tier']);
    events.push(serviceTier === undefined ? start : { ...start, serviceTier });
  }

  #takeChoice(wire: JsonObject, place: number, events: ChatEvent[]): void {
    const choice = this.#choice(wire['index'], place);
    const message = wire['delta'] ?? wire['message'];
    if (isJsonObject(message)) this.#takeMessage(choice, message, events);
    if (isJsonObject(wire['logprobs'])) this.#takeLogprobs(choice, wire['logprobs'], events);
    if (typeof wire['finish_reason'] !== 'string') return;
    const reason = readFinish(wire, choice.calls.count > 0);
    if (reason !== undefined) choice.reason = reason;
    // A failed choice has an error beside its reason: https://openrouter.ai/docs/api-reference/errors
    if (wire['finish_reason'] === 'error') {
      this.#failed = faultOfEvent(wire) ?? new GatewayError('upstream.error');
    }
  }

  #choice(index: JsonValue | undefined, place: number): Choice {
    const number = typeof index === 'number' && Number.isInteger(index) && index >= 0 ? index : place;
    let choice = this.#choices.get(number);
    if (choice === undefined) {
      const calls = new CallsReader({ choice: number, answerId: this.#id, blocks: this.#blocks });
      choice = { index: number, calls, open: undefined, reason: undefined };
      this.#choices.set(number, choice);
    }
    return choice;
  }

  #takeMessage(choice: Choice, message: JsonObject, events: ChatEvent[]): void {
    this.#takeReasoning(choice, message, events);
    const { content, refusal, annotations, images, audio } = message;
    if (typeof content === 'string') this.#text(choice, 'text', content, events);
    else if (Array.isArray(content)) for (const part of content) this.#takePart(choice, part, events);
    if (Array.isArray(annotations)) this.#takeAnnotations(choice, annotations, events);
    if (typeof refusal === 'string') this.#text(choice, 'refusal', refusal, events);
    if (Array.isArray(images)) for (const image of images) this.#takeImage(choice, image, events);
    if (isJsonObject(audio)) this.#takeAudio(choice, audio, events);
    const calls = message['tool_calls'];
    if (Array.isArray(calls)) {
      if (calls.length > 0) this.#closeOpen(choice, events);
      for (const call of calls) if (isJsonObject(call)) choice.calls.take(call, events);
    }
    const legacy = message['function_call'];
    if (isJsonObject(legacy)) {
      this.#closeOpen(choice, events);
      choice.calls.take({ index: 0, function: legacy }, events);
    }
  }

  /** `reasoning_details` repeat what `reasoning` says; some send `reasoning_content` and `reasoning` alike. */
  #takeReasoning(choice: Choice, message: JsonObject, events: ChatEvent[]): void {
    const details = message['reasoning_details'];
    let isTold = false;
    if (Array.isArray(details)) {
      for (const detail of details) isTold = this.#takeDetail(choice, detail, events) || isTold;
    }
    if (isTold) return;
    const text = filled(message['reasoning_content']) ?? filled(message['reasoning']);
    if (text === undefined) return;
    const block = this.#open(choice, { kind: 'reasoning' }, PLAIN_REASONING, events);
    events.push({ type: 'block-delta', block, text });
  }

  /** Gives whether the entry held text that may be read. */
  #takeDetail(choice: Choice, wire: JsonValue, events: ChatEvent[]): boolean {
    const detail = readDetail(wire);
    if (detail === undefined || (detail.text === '' && detail.opaque === undefined)) return false;
    const { id, isSummary, text, opaque } = detail;
    const head: BlockHead = { kind: 'reasoning', id, isSummary: isSummary ? true : undefined };
    const block = this.#open(choice, head, detail.key, events);
    if (text !== '') events.push({ type: 'block-delta', block, text });
    if (opaque !== undefined) events.push({ type: 'block-opaque', block, opaque });
    return text !== '';
  }

  #takePart(choice: Choice, part: JsonValue, events: ChatEvent[]): void {
    if (!isJsonObject(part)) return;
    switch (filled(part['type']) ?? '') {
      case 'text':
        this.#text(choice, 'text', filled(part['text']) ?? '', events);
        return;
      case 'refusal':
        this.#text(choice, 'refusal', filled(part['refusal']) ?? '', events);
        return;
      case 'thinking':
        this.#text(choice, 'reasoning', thinkingText(part['thinking']), events);
        return;
      case 'image_url':
        this.#takeImage(choice, part, events);
        return;
      default: {
        const name = filled(part['type']) ?? 'content';
        this.#whole(choice, { kind: 'foreign', dialect: OPENAI_CHAT, name, value: part }, '', events);
      }
    }
  }

  #text(choice: Choice, kind: 'text' | 'refusal' | 'reasoning', text: string, events: ChatEvent[]): void {
    if (text === '') return;
    const { open } = choice;
    const block =
      open !== undefined && open.kind === kind
        ? open.block
        : this.#open(choice, { kind }, kind === 'reasoning' ? PLAIN_REASONING : '', events);
    events.push({ type: 'block-delta', block, text });
  }

  #takeAnnotations({ open }: Choice, annotations: readonly JsonValue[], events: ChatEvent[]): void {
    for (const annotation of annotations) {
      const citation = readAnnotation(annotation);
      if (citation === undefined || open?.kind !== 'text') {
        events.push({ type: 'loss', field: 'annotations', reason: 'it names no text of the answer' });
        continue;
      }
      this.#isCited = true;
      events.push({ type: 'block-citation', block: open.block, citation });
    }
  }

  /** Sources of the whole answer belong to the text that is open at its end, unless that names its own. */
  #tellSources(events: ChatEvent[]): void {
    if (this.#sourced === undefined || this.#isCited) return;
    const [choice] = this.#choices.values();
    for (const citation of readSources(this.#sourced)) {
      if (choice?.open?.kind === 'text') events.push({ type: 'block-citation', block: choice.open.block, citation });
      else events.push({ type: 'loss', field: 'citations', reason: 'the answer does not end in a text' });
    }
  }

  #takeLogprobs(choice: Choice, logprobs: JsonObject, events: ChatEvent[]): void {
    for (const [field, kind] of [
      ['content', 'text'],
      ['refusal', 'refusal'],
    ] as const) {
      const list = logprobs[field];
      if (!Array.isArray(list) || list.length === 0) continue;
      if (choice.calls.count > 0) {
        events.push({ type: 'loss', field: 'logprobs', reason: 'a tool call has none' });
        continue;
      }
      const block = choice.open?.kind === kind ? choice.open.block : this.#open(choice, { kind }, '', events);
      events.push({ type: 'block-logprobs', block, logprobs: list });
    }
  }

  /** Pictures that a model made: https://openrouter.ai/docs/features/multimodal/image-generation */
  #takeImage(choice: Choice, image: JsonValue, events: ChatEvent[]): void {
    const inner = isJsonObject(image) ? image['image_url'] : undefined;
    const url = isJsonObject(inner) ? filled(inner['url']) : filled(inner);
    const parsed = url === undefined ? undefined : parseDataUrl(url);
    if (parsed !== undefined) {
      this.#whole(choice, { kind: 'image', mediaType: parsed.mediaType }, parsed.data, events);
    } else if (isJsonObject(image)) {
      const value: JsonObject = { images: [image] };
      this.#whole(choice, { kind: 'foreign', dialect: OPENAI_CHAT, name: 'images', value }, '', events);
    }
  }

  /** https://platform.openai.com/docs/guides/audio */
  #takeAudio(choice: Choice, audio: JsonObject, events: ChatEvent[]): void {
    const id = filled(audio['id']);
    const data = filled(audio['data']);
    const transcript = filled(audio['transcript']);
    if (choice.open?.kind !== 'audio' && id === undefined && data === undefined && transcript === undefined) return;
    const block =
      choice.open?.kind === 'audio'
        ? choice.open.block
        : this.#open(choice, { kind: 'audio', format: AUDIO_FORMAT_DEFAULT, id }, '', events);
    if (data !== undefined) events.push({ type: 'block-delta', block, text: data });
    if (transcript !== undefined) events.push({ type: 'block-transcript', block, text: transcript });
  }

  /** The block of this kind and key: the one that is open, or a new one in its place. */
  #open(choice: Choice, head: BlockHead, key: string, events: ChatEvent[]): number {
    const { open } = choice;
    if (open !== undefined && open.kind === head.kind && open.key === key) return open.block;
    this.#closeOpen(choice, events);
    const block = this.#blocks.next;
    this.#blocks.next += 1;
    choice.open = { block, kind: head.kind, key };
    events.push({ type: 'block-start', choice: choice.index, block, head });
    return block;
  }

  /** A block that comes at once. */
  #whole(choice: Choice, head: BlockHead, text: string, events: ChatEvent[]): void {
    this.#closeOpen(choice, events);
    const block = this.#open(choice, head, '', events);
    if (text !== '') events.push({ type: 'block-delta', block, text });
    this.#closeOpen(choice, events);
  }

  #closeOpen(choice: Choice, events: ChatEvent[]): void {
    if (choice.open === undefined) return;
    events.push({ type: 'block-end', block: choice.open.block });
    choice.open = undefined;
  }

  #close(choice: Choice, events: ChatEvent[]): void {
    this.#closeOpen(choice, events);
    choice.calls.close(events);
  }
}

/** Groq puts a stream's usage into its own field: https://console.groq.com/docs/api-reference#chat-create */
export function groqUsage(chunk: JsonObject): JsonValue | undefined {
  const extension = chunk['x_groq'];
  return isJsonObject(extension) ? extension['usage'] : undefined;
}

function filled(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The bytes of an answer as a JSON object. @throws GatewayError `upstream.invalid_answer` */
export function parseAnswer(body: Buffer): JsonObject {
  const answer = parseJsonOrUndefined(body.toString());
  if (!isJsonObject(answer)) throw new GatewayError('upstream.invalid_answer');
  return answer;
}
