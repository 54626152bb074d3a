import { assertNever } from '../../kernel/assert.ts';
import type { JsonObject, JsonValue } from '../../kernel/json.ts';
import type { AnsweredPart, ChatChoice, ChatResponse } from '../../protocol/chat-events.ts';
import type { Citation, Opaque, ReasoningPart } from '../../protocol/chat-parts.ts';
import type { ChatRequest } from '../../protocol/chat-request.ts';
import type { Usage } from '../../protocol/usage.ts';
import { packCallId } from '../carried-opaque.ts';
import type { Answering, EncodedAnswer } from '../contract.ts';
import { Losses } from '../losses.ts';
import { type CitedText, writeAnnotation } from './citations.ts';
import { LEGACY_FUNCTIONS } from './decode-request.ts';
import { encodeUsage } from './encode-usage.ts';
import { writeFinish } from './finish.ts';
import { OPENAI_CHAT } from './name.ts';
import { writeDetails } from './reasoning-details.ts';

/** What stands between two blocks of reasoning, which the format gives as one text. */
export const REASONING_GAP = '\n\n';

/** A whole answer: https://platform.openai.com/docs/api-reference/chat/object */
export function encodeResponse(response: ChatResponse, usage: Usage, answering: Answering): EncodedAnswer {
  const losses = new Losses();
  const body: JsonObject = {
    id: response.id ?? answering.newId('chatcmpl'),
    object: 'chat.completion',
    created: answering.nowSeconds,
    model: response.servedModel ?? answering.model,
    choices: response.choices.map((choice) => encodeChoice(choice, answering, losses)),
    usage: encodeUsage(usage),
    service_tier: response.serviceTier,
  };
  return { body, losses: losses.list };
}

function encodeChoice(choice: ChatChoice, answering: Answering, losses: Losses): JsonObject {
  const message = new MessageWriter(answering, losses);
  for (const part of choice.parts) message.take(part);
  return {
    index: choice.index,
    message: message.written(),
    logprobs: message.logprobs(),
    ...writeFinish(choice.reason, asksFunctions(answering.request)),
  };
}

/** Collects the parts of one choice into the fields of its message. */
class MessageWriter {
  readonly #answering: Answering;
  readonly #losses: Losses;
  readonly #texts: string[] = [];
  readonly #refusals: string[] = [];
  readonly #reasoning: ReasoningPart[] = [];
  readonly #annotations: JsonObject[] = [];
  readonly #images: JsonObject[] = [];
  readonly #calls: JsonObject[] = [];
  readonly #fields: JsonObject = {};
  #audio: JsonObject | undefined;
  #textLength = 0;
  #textLogprobs: readonly JsonValue[] = [];
  #refusalLogprobs: readonly JsonValue[] = [];

  constructor(answering: Answering, losses: Losses) {
    this.#answering = answering;
    this.#losses = losses;
  }

  take(part: AnsweredPart): void {
    switch (part.type) {
      case 'text':
        this.#takeText(part);
        return;
      case 'refusal':
        this.#refusals.push(part.text);
        this.#refusalLogprobs = [...this.#refusalLogprobs, ...(part.logprobs ?? [])];
        return;
      case 'reasoning':
        this.#reasoning.push(part);
        if (part.opaque?.dialect !== OPENAI_CHAT) this.#keep(part.opaque);
        return;
      case 'tool-call':
        this.#calls.push(toolCall(part));
        return;
      case 'image':
        this.#images.push(imageEntry(part.source.from === 'url' ? part.source.url : dataUrl(part.source)));
        return;
      case 'audio':
        this.#audio = this.#encodeAudio(part);
        return;
      case 'foreign':
        if (part.dialect === OPENAI_CHAT && part.value['type'] !== part.kind) Object.assign(this.#fields, part.value);
        else this.#losses.add(part.kind, `it belongs to ${part.dialect}`);
        return;
      default:
        assertNever(part);
    }
  }

  written(): JsonObject {
    const reasoning = this.#reasoning.map(({ text }) => text).filter((text) => text !== '');
    return {
      role: 'assistant',
      content: this.#texts.length === 0 ? null : this.#texts.join(''),
      refusal: this.#refusals.length === 0 ? null : this.#refusals.join(''),
      reasoning_content: reasoning.length === 0 ? undefined : reasoning.join(REASONING_GAP),
      reasoning_details: writeDetails(this.#reasoning),
      annotations: unlessEmpty(this.#annotations),
      images: unlessEmpty(this.#images),
      audio: this.#audio,
      ...(asksFunctions(this.#answering.request) ? this.#legacyCall() : { tool_calls: unlessEmpty(this.#calls) }),
      ...this.#fields,
    };
  }

  logprobs(): JsonObject | null {
    const content = this.#textLogprobs;
    const refusal = this.#refusalLogprobs;
    return content.length === 0 && refusal.length === 0 ? null : logprobsField(content, refusal);
  }

  #takeText(part: Extract<AnsweredPart, { readonly type: 'text' }>): void {
    const text = { start: this.#textLength, end: this.#textLength + part.text.length };
    this.#texts.push(part.text);
    this.#textLength = text.end;
    for (const citation of part.citations ?? []) {
      const annotation = annotationOf(citation, text, this.#losses);
      if (annotation !== undefined) this.#annotations.push(annotation);
    }
    this.#textLogprobs = [...this.#textLogprobs, ...(part.logprobs ?? [])];
    this.#keep(part.opaque);
  }

  #encodeAudio(part: Extract<AnsweredPart, { readonly type: 'audio' }>): JsonObject {
    const { newId, nowSeconds } = this.#answering;
    return {
      id: part.audioId ?? newId('audio'),
      data: part.source.from === 'base64' ? part.source.data : '',
      expires_at: nowSeconds,
      transcript: part.transcript ?? '',
    };
  }

  /** The older form has room for one call. */
  #legacyCall(): JsonObject {
    const [first, second] = this.#calls;
    if (second !== undefined) this.#losses.add('tool-call', 'a function_call is one call alone');
    return { function_call: first?.['function'] };
  }

  #keep(opaque: Opaque | undefined): void {
    keepOpaque(opaque, this.#answering, this.#losses);
  }
}

/** Opaque reasoning has no place in the format: it is kept for the next turn, or told as lost. */
export function keepOpaque(opaque: Opaque | undefined, answering: Answering, losses: Losses): void {
  const loss = opaque === undefined ? undefined : answering.keepReasoning(opaque);
  if (loss !== undefined) losses.add(loss.field, loss.reason);
}

/** Whether the caller offered its tools as `functions`, and reads `function_call`. */
export function asksFunctions({ extra, dialect }: ChatRequest): boolean {
  return dialect === OPENAI_CHAT && extra[LEGACY_FUNCTIONS] !== undefined;
}

export function annotationOf(citation: Citation, text: CitedText, losses: Losses): JsonObject | undefined {
  const annotation = writeAnnotation(citation, text);
  if (annotation === undefined) losses.add('citations', 'a citation needs an address');
  return annotation;
}

/** A picture as OpenRouter gives it: https://openrouter.ai/docs/features/multimodal/image-generation */
export function imageEntry(url: string): JsonObject {
  return { type: 'image_url', image_url: { url } };
}

/** https://platform.openai.com/docs/api-reference/chat/object#chat-object-choices-logprobs */
export function logprobsField(content: readonly JsonValue[], refusal: readonly JsonValue[]): JsonObject {
  return {
    content: content.length === 0 ? null : [...content],
    refusal: refusal.length === 0 ? null : [...refusal],
  };
}

function toolCall(part: Extract<AnsweredPart, { readonly type: 'tool-call' }>): JsonObject {
  const { name, arguments: text } = part;
  const id = packCallId(part.id, part.opaque);
  if (part.kind === 'custom') return { id, type: 'custom', custom: { name, input: text } };
  return { id, type: 'function', function: { name, arguments: text === '' ? '{}' : text } };
}

function dataUrl(
  source: Exclude<Extract<AnsweredPart, { readonly type: 'image' }>['source'], { from: 'url' }>,
): string {
  return source.from === 'base64' ? `data:${source.mediaType};base64,${source.data}` : '';
}

function unlessEmpty(list: JsonObject[]): JsonObject[] | undefined {
  return list.length === 0 ? undefined : list;
}
