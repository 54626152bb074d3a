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

  constructor(exchange: Exchange, guard: CallGuard) {
    this.#exchange = exchange;
    this.#guard = guard;
  }

  whole(raw: Buffer): Buffer {
    const body = parseJsonOrUndefined(raw.toString());
    return isJsonObject(body) ? Buffer.from(JSON.stringify(this.#read(body, true))) : raw;
  }

  /** One event of a stream, as it is to be written; `data` is what it holds. */
  event(data: string): string {
    const body = parseJsonOrUndefined(data);
    return `data: ${isJsonObject(body) ? JSON.stringify(this.#read(body, false)) : data}\n\n`;
  }

  #read(body: JsonObject, isWhole: boolean): JsonObject {
    const { choices } = body;
    if (!Array.isArray(choices)) return body;
    return { ...body, choices: choices.map((choice) => this.#choice(choice, isWhole)) };
  }

  #choice(choice: JsonValue, isWhole: boolean): JsonValue {
    if (!isJsonObject(choice)) return choice;
    const { index, text, finish_reason: reason, logprobs } = choice;
    const guarded = this.#textOf(typeof index === 'number' ? index : 0);
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
