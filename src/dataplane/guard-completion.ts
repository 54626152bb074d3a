import type { AnswerText, CallGuard } from '../guardrails/call-guard.ts';
import { isJsonObject, type JsonObject, type JsonValue, parseJsonOrUndefined } from '../kernel/json.ts';
import type { Exchange } from './exchange.ts';
import { LOST_LOGPROBS } from './guard-answer.ts';

/**
 * What guardrails make of the answer to a completion, which has no canonical form: each of its choices is a text, whole or
 * in the events of a stream. Throws GatewayError `guardrail.blocked`.
 */
export class GuardedCompletion {
  readonly #exchange: Exchange;
  readonly #guard: CallGuard;
  readonly #texts = new Map<number, AnswerText>();
  /** Events of a stream that wait for a service. */
  readonly #held: string[] = [];

  constructor(exchange: Exchange, guard: CallGuard) {
    this.#exchange = exchange;
    this.#guard = guard;
  }

  async whole(raw: Buffer, signal: AbortSignal): Promise<Buffer> {
    const body = parseJsonOrUndefined(raw.toString());
    if (!isJsonObject(body)) return raw;
    const read = this.#read(body, true);
    const [judged] = this.#guard.holdsAnswer ? await this.#judged([read], signal) : [read];
    return Buffer.from(JSON.stringify(judged));
  }

  /** One event of a stream, as it is to be written; `data` is what it holds. Nothing where it is held. */
  event(data: string): string {
    const body = parseJsonOrUndefined(data);
    const read = isJsonObject(body) ? JSON.stringify(this.#read(body, false)) : data;
    if (!this.#guard.holdsAnswer) return eventOf(read);
    this.#held.push(read);
    return '';
  }

  /** Whether events are held until {@link released}. */
  get isHolding(): boolean {
    return this.#guard.holdsAnswer;
  }

  /** What was held, as services let it go. @throws GatewayError `guardrail.unavailable`, too */
  async released(signal: AbortSignal): Promise<string> {
    const bodies = this.#held.map((data) => parseJsonOrUndefined(data) ?? null);
    const judged = await this.#judged(bodies, signal);
    return judged.map((body) => eventOf(JSON.stringify(body))).join('');
  }

  /** The text of each choice is told whole, and stands then in the last of its events that has any. */
  async #judged(bodies: readonly JsonValue[], signal: AbortSignal): Promise<readonly JsonValue[]> {
    const texts = new Map<number, string>();
    const lastAt = new Map<number, number>();
    for (const [at, body] of bodies.entries()) {
      for (const [index, text] of saidIn(body)) {
        texts.set(index, (texts.get(index) ?? '') + text);
        lastAt.set(index, at);
      }
    }
    const indexes = [...texts.keys()];
    const passed = await this.#guard.judged('output', [...texts.values()], signal);
    const final = new Map(indexes.map((index, at) => [index, this.#guard.restored('text', passed[at] ?? '')]));
    return bodies.map((body, at) =>
      withTexts(body, (index) => {
        const text = lastAt.get(index) === at ? (final.get(index) ?? '') : '';
        if (text !== '') final.delete(index);
        return text;
      }),
    );
  }

  #read(body: JsonObject, isWhole: boolean): JsonObject {
    const { choices } = body;
    if (!Array.isArray(choices)) return body;
    return { ...body, choices: choices.map((choice) => this.#choice(choice, isWhole)) };
  }

  #choice(choice: JsonValue, isWhole: boolean): JsonValue {
    if (!isJsonObject(choice)) return choice;
    const { text, finish_reason: reason, logprobs } = choice;
    const guarded = this.#textOf(indexOf(choice));
    const isLast = isWhole || typeof reason === 'string';
    const passed = (typeof text === 'string' ? guarded.push(text) : '') + (isLast ? guarded.end() : '');
    if (logprobs === undefined || logprobs === null) return { ...choice, text: passed };
    this.#exchange.addLosses([LOST_LOGPROBS]);
    return { ...choice, text: passed, logprobs: null };
  }

  #textOf(index: number): AnswerText {
    const known = this.#texts.get(index) ?? this.#guard.answerText('text');
    this.#texts.set(index, known);
    return known;
  }
}

/** The guardrails of a completion whose answer they read; `undefined` for everything else. */
export function guardedCompletion(exchange: Exchange): GuardedCompletion | undefined {
  const { guard, operation } = exchange;
  return operation === 'completions' && guard?.readsAnswer === true
    ? new GuardedCompletion(exchange, guard)
    : undefined;
}

function eventOf(data: string): string {
  return `data: ${data}\n\n`;
}

function indexOf({ index }: JsonObject): number {
  return typeof index === 'number' ? index : 0;
}

/** The pieces of the choices' texts in which something stands. */
function saidIn(body: JsonValue): readonly (readonly [index: number, text: string])[] {
  const choices = isJsonObject(body) ? body['choices'] : undefined;
  if (!Array.isArray(choices)) return [];
  return choices.filter(isJsonObject).flatMap((choice) => {
    const { text } = choice;
    return typeof text === 'string' && text !== '' ? [[indexOf(choice), text] as const] : [];
  });
}

function withTexts(body: JsonValue, textOf: (index: number) => string): JsonValue {
  if (!isJsonObject(body)) return body;
  const { choices } = body;
  if (!Array.isArray(choices)) return body;
  return {
    ...body,
    choices: choices.map((choice) => (isJsonObject(choice) ? { ...choice, text: textOf(indexOf(choice)) } : choice)),
  };
}
