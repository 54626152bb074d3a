import type { AnswerText, AnswerTextKind, CallGuard } from '../guardrails/call-guard.ts';
import type { JsonObject, JsonValue } from '../kernel/json.ts';
import type { BlockHead, ChatEvent } from '../protocol/chat-events.ts';
import type { Citation } from '../protocol/chat-parts.ts';
import type { Loss } from '../protocol/records.ts';

/** Told where log probabilities were left out: they spell the text as its provider wrote it. */
export const LOST_LOGPROBS: Loss = { field: 'logprobs', reason: 'a guardrail reads the answer' };

/** Only its provider can read what stands there. */
const UNREAD: ReadonlySet<string> = new Set(['encrypted_content', 'signature', 'data', 'id', 'type', 'url']);

/** What reads the texts of an answer. */
export type ReadsAnswer = Pick<CallGuard, 'answerText'>;

type OpenBlock = { readonly kind: AnswerTextKind; text: AnswerText; words: AnswerText | undefined };

/** What guardrails make of one answer's events. Throws GatewayError `guardrail.blocked` where they let it go no further. */
export class GuardedAnswer {
  readonly #guard: ReadsAnswer;
  readonly #blocks = new Map<number, OpenBlock>();

  constructor(guard: ReadsAnswer) {
    this.#guard = guard;
  }

  /** What comes of an event for the caller, in order; nothing where its text is still held back. */
  take(event: ChatEvent): readonly ChatEvent[] {
    switch (event.type) {
      case 'block-start':
        return [this.#opened(event)];
      case 'block-delta': {
        const open = this.#blocks.get(event.block);
        return open === undefined ? [event] : textEvents(event, open.text.push(event.text));
      }
      case 'block-transcript': {
        const open = this.#blocks.get(event.block) ?? this.#open(event.block, 'text');
        open.words ??= this.#guard.answerText('text');
        return textEvents(event, open.words.push(event.text));
      }
      case 'block-opaque':
        // A signature stands behind what it signs.
        return [...this.#flush(event.block), event];
      case 'block-end':
        return [...this.#close(event.block), event];
      case 'block-citation':
        return [{ ...event, citation: this.#cited(event.citation) }];
      case 'block-logprobs':
        return [{ type: 'loss', ...LOST_LOGPROBS }];
      case 'choice-end':
      case 'finish':
      case 'fault':
        return [...[...this.#blocks.keys()].flatMap((block) => this.#close(block)), event];
      case 'start':
      case 'usage':
      case 'loss':
        return [event];
    }
  }

  #opened(event: ChatEvent & { readonly type: 'block-start' }): ChatEvent {
    const { head, block } = event;
    const kind = kindOf(head);
    if (kind !== undefined) this.#open(block, kind);
    if (head.kind !== 'foreign') return event;
    return { ...event, head: { ...head, value: this.#read(head.value) } };
  }

  #open(block: number, kind: AnswerTextKind): OpenBlock {
    const open = { kind, text: this.#guard.answerText(kind), words: undefined };
    this.#blocks.set(block, open);
    return open;
  }

  #flush(block: number): readonly ChatEvent[] {
    const open = this.#blocks.get(block);
    if (open === undefined) return [];
    const events = textEvents({ type: 'block-delta', block, text: '' }, open.text.end());
    open.text = this.#guard.answerText(open.kind);
    return events;
  }

  #close(block: number): readonly ChatEvent[] {
    const open = this.#blocks.get(block);
    if (open === undefined) return [];
    this.#blocks.delete(block);
    return [
      ...textEvents({ type: 'block-delta', block, text: '' }, open.text.end()),
      ...textEvents({ type: 'block-transcript', block, text: '' }, open.words?.end() ?? ''),
    ];
  }

  #cited(citation: Citation): Citation {
    const { title, citedText, raw } = citation;
    return {
      ...citation,
      title: title === undefined ? undefined : this.#whole(title),
      citedText: citedText === undefined ? undefined : this.#whole(citedText),
      raw: this.#read(raw),
    };
  }

  #read(value: JsonObject): JsonObject {
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => [
        name,
        item === undefined || UNREAD.has(name) ? item : this.#readValue(item),
      ]),
    );
  }

  #readValue(value: JsonValue): JsonValue {
    if (typeof value === 'string') return this.#whole(value);
    if (Array.isArray(value)) return value.map((item) => this.#readValue(item));
    return typeof value === 'object' && value !== null ? this.#read(value) : value;
  }

  #whole(text: string): string {
    const { push, end } = this.#guard.answerText('text');
    return push(text) + end();
  }
}

/** All of an answer at once. @throws GatewayError `guardrail.blocked` */
export function guardedEvents(guard: ReadsAnswer, events: readonly ChatEvent[]): readonly ChatEvent[] {
  const guarded = new GuardedAnswer(guard);
  return events.flatMap((event) => guarded.take(event));
}

function kindOf(head: BlockHead): AnswerTextKind | undefined {
  switch (head.kind) {
    case 'text':
    case 'refusal':
      return 'text';
    case 'reasoning':
      return 'thought';
    case 'tool-call':
      return head.toolKind === 'function' ? 'json' : 'text';
    case 'image':
    case 'audio':
    case 'foreign':
      return undefined;
  }
}

/** No event has an empty text. */
function textEvents(
  event: ChatEvent & { readonly type: 'block-delta' | 'block-transcript' },
  text: string,
): readonly ChatEvent[] {
  return text === '' ? [] : [{ ...event, text }];
}
