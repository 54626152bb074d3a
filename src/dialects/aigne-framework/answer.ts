import { assertNever } from '../../kernel/assert.ts';
import type { JsonObject, JsonValue } from '../../kernel/json.ts';
import type { BlockHead, ChatEvent, FinishReason } from '../../protocol/chat-events.ts';
import type { Opaque, ReasoningPart } from '../../protocol/chat-parts.ts';
import type { Loss } from '../../protocol/records.ts';
import type { Usage } from '../../protocol/usage.ts';
import { finishWord } from '../aigne-finish.ts';
import type { Answering, ToldCharge } from '../contract.ts';
import { parseArguments, parseExact } from '../exact-json.ts';
import { Losses } from '../losses.ts';
import { encodeMetadata } from './tool-metadata.ts';
import { encodeUsage } from './usage.ts';

/** The two fields of an answer that grow: what is said, and what is thought. */
export type Said = { readonly field: 'text' | 'thoughts'; readonly text: string };

type OpenBlock = {
  readonly head: BlockHead;
  readonly texts: string[];
  opaque: Opaque | undefined;
  /** Nothing of a block is seen until something of it was said. */
  hasSpoken: boolean;
};

const PARAGRAPH = '\n\n';
const CODE_FENCE = /^```(?:json)?\s*\n([\s\S]*?)\n?```$/;

/**
 * One answer on its way into the framework's form. Text and thoughts may be shown as they come; everything else is whole
 * at the end. An answer to a schema is JSON and no text, as the framework's own models give it.
 */
export class FrameworkAnswer {
  readonly #answering: Answering;
  readonly #losses = new Losses();
  readonly #blocks = new Map<number, OpenBlock>();
  readonly #wantsJson: boolean;
  #servedModel: string | undefined;
  #reason: FinishReason | undefined;
  #hasText = false;
  #hasThoughts = false;
  #isRefused = false;

  constructor(answering: Answering) {
    this.#answering = answering;
    const format = answering.request.responseFormat?.kind;
    this.#wantsJson = format === 'json-schema' || format === 'json';
  }

  get losses(): readonly Loss[] {
    return this.#losses.list;
  }

  /** The model that answered, without its provider. */
  get model(): string {
    const { modelWithProvider } = this.#answering;
    return this.#servedModel ?? modelWithProvider.slice(modelWithProvider.indexOf('/') + 1);
  }

  /** Takes the next event; gives what of it may be shown at once. */
  push(event: ChatEvent): Said | undefined {
    switch (event.type) {
      case 'block-delta':
        return this.#say(event.block, event.text);
      case 'start':
        this.#servedModel = event.servedModel;
        return undefined;
      case 'block-start':
        if (event.choice === 0) this.#open(event.block, event.head);
        else this.#losses.add('choices', 'this form holds one answer');
        return undefined;
      case 'block-transcript':
        return this.#said('text', event.text);
      case 'block-opaque': {
        const block = this.#blocks.get(event.block);
        if (block !== undefined) block.opaque = event.opaque;
        return undefined;
      }
      case 'block-citation':
        this.#losses.add('citations', 'this form has no place for sources');
        return undefined;
      case 'block-logprobs':
        this.#losses.add('logprobs', 'this form has no place for probabilities');
        return undefined;
      case 'choice-end':
        if (event.choice === 0) this.#reason = event.reason;
        return undefined;
      // What the provider's dialect lost is told by whoever reads the events.
      case 'loss':
      case 'block-end':
      case 'usage':
      case 'finish':
      case 'fault':
        return undefined;
      default:
        return assertNever(event);
    }
  }

  /** Everything but what was shown already. */
  rest(usage: Usage, charge: ToldCharge | undefined): JsonObject {
    const files = this.#files();
    const toolCalls = this.#toolCalls();
    const answer = this.#wantsJson ? this.#jsonOrText() : {};
    const isEmpty = !this.#hasText && files.length === 0 && toolCalls.length === 0;
    const counted = encodeUsage({ usage, charge, recordId: this.#answering.recordId });
    return {
      ...(isEmpty ? { text: '' } : answer),
      ...(this.#isRefused ? { refused: true } : {}),
      ...(toolCalls.length === 0 ? {} : { toolCalls }),
      ...(files.length === 0 ? {} : { files }),
      modelWithProvider: this.#answering.modelWithProvider,
      ...encodeReason(this.#reason),
      ...(counted === undefined ? {} : { usage: counted }),
    };
  }

  #open(id: number, head: BlockHead): void {
    this.#blocks.set(id, { head, texts: [], opaque: undefined, hasSpoken: false });
    if (head.kind === 'foreign') this.#losses.add(head.name, 'this form has no such part');
    if (head.kind === 'refusal') this.#isRefused = true;
  }

  #say(id: number, text: string): Said | undefined {
    const block = this.#blocks.get(id);
    if (block === undefined) return undefined;
    switch (block.head.kind) {
      case 'text':
      case 'refusal':
        if (this.#wantsJson) {
          block.texts.push(text);
          this.#hasText = true;
          return undefined;
        }
        return this.#said('text', text);
      case 'reasoning': {
        block.texts.push(text);
        const begins = !block.hasSpoken && this.#hasThoughts;
        block.hasSpoken = true;
        this.#hasThoughts = true;
        return { field: 'thoughts', text: begins ? PARAGRAPH + text : text };
      }
      case 'tool-call':
      case 'image':
      case 'audio':
      case 'foreign':
        block.texts.push(text);
        return undefined;
      default:
        return assertNever(block.head);
    }
  }

  #said(field: Said['field'], text: string): Said {
    this.#hasText = true;
    return { field, text };
  }

  /** The text as the JSON that was asked for; what is no JSON stays text, so that the caller sees what it was. */
  #jsonOrText(): JsonObject {
    let text = '';
    for (const { head, texts } of this.#blocks.values()) {
      if (head.kind === 'text' || head.kind === 'refusal') text += texts.join('');
    }
    if (text === '') return {};
    const bare = CODE_FENCE.exec(text.trim())?.[1] ?? text;
    const json = this.#isRefused ? undefined : jsonOf(bare);
    return json === undefined ? { text } : { json };
  }

  /** The calls in the order in which they began, each with the reasoning that led to it. */
  #toolCalls(): JsonObject[] {
    const calls: JsonObject[] = [];
    let reasoning: ReasoningPart[] = [];
    for (const { head, texts, opaque } of this.#blocks.values()) {
      switch (head.kind) {
        case 'reasoning':
          reasoning.push({
            type: 'reasoning',
            text: texts.join(''),
            opaque,
            id: head.id,
            isSummary: head.isSummary,
          });
          break;
        case 'tool-call': {
          const metadata = encodeMetadata(opaque, reasoning);
          reasoning = [];
          calls.push({
            id: head.id,
            type: 'function',
            function: { name: head.name, arguments: this.#arguments(texts.join('')) },
            ...(metadata === undefined ? {} : { metadata }),
          });
          break;
        }
        case 'text':
          this.#keep(opaque);
          break;
        case 'refusal':
        case 'image':
        case 'audio':
        case 'foreign':
          break;
        default:
          assertNever(head);
      }
    }
    // What no call follows has nothing to travel with.
    for (const part of reasoning) this.#keep(part.opaque);
    return calls;
  }

  #keep(opaque: Opaque | undefined): void {
    const loss = opaque === undefined ? undefined : this.#answering.keepReasoning(opaque);
    if (loss !== undefined) this.#losses.add(loss.field, loss.reason);
  }

  /** Arguments that are no object stay text: the client refuses such a call, where `{}` would have it run. */
  #arguments(text: string): JsonValue {
    const parsed = parseArguments(text);
    if (parsed === undefined) this.#losses.add('toolCalls.arguments', 'they are not a JSON object');
    return parsed ?? text;
  }

  #files(): JsonObject[] {
    const files: JsonObject[] = [];
    for (const { head, texts } of this.#blocks.values()) {
      if (head.kind !== 'image' && head.kind !== 'audio') continue;
      const data = texts.join('');
      const mimeType = head.kind === 'image' ? head.mediaType : `audio/${head.format}`;
      if (data !== '') files.push({ type: 'file', data, mimeType });
    }
    return files;
  }
}

/** The framework has no field for it; clients keep what they do not know. */
function encodeReason(reason: FinishReason | undefined): JsonObject {
  if (reason === undefined) return {};
  const word = finishWord(reason);
  return {
    finishReason: word,
    ...(reason.raw === undefined || reason.raw === word ? {} : { nativeFinishReason: reason.raw }),
    ...(reason.stopSequence === undefined ? {} : { stopSequence: reason.stopSequence }),
  };
}

function jsonOf(text: string): JsonValue | undefined {
  try {
    return parseExact(text);
  } catch {
    return undefined;
  }
}
