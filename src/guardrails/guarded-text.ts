import type { MatchKind } from '../protocol/guardrails.ts';
import type { CompiledGuardrail } from './applicable.ts';
import { CONTEXT_CHARS, type Found, HELD_CHARS_MAX, LOOK_BEHIND_CHARS } from './finding.ts';

export type GuardingText = {
  readonly guardrails: readonly CompiledGuardrail[];
  /** Told of each match, in the order of the text for each guardrail. */
  readonly onMatch: (guardrail: CompiledGuardrail, match: { readonly kind: MatchKind; readonly value: string }) => void;
  readonly placeholderOf: (kind: MatchKind, value: string) => string;
};

type Located = { readonly by: CompiledGuardrail; readonly found: Found };

/**
 * One text on its way past guardrails, whole or piece by piece: what it comes to does not depend on where it is cut. The
 * last few hundred characters are held back until it is known what follows them.
 */
export class GuardedText {
  readonly #guarding: GuardingText;
  /** What flowed on last, for what must not stand before a match. */
  #context = '';
  #held = '';

  constructor(guarding: GuardingText) {
    this.#guarding = guarding;
  }

  /** What may flow on. */
  push(piece: string): string {
    this.#held += piece;
    return this.#held.length <= LOOK_BEHIND_CHARS ? '' : this.#advance(false);
  }

  /** All of a text at once. */
  whole(text: string): string {
    this.#held = text;
    return this.end();
  }

  /** The rest: nothing follows. */
  end(): string {
    return this.#held === '' ? '' : this.#advance(true);
  }

  #advance(isLast: boolean): string {
    const text = this.#context + this.#held;
    const from = this.#context.length;
    const located = this.#locate(text, from);
    const cut = isLast ? text.length : this.#cutOf(text, from, located);
    const decided = located.filter(({ found }) => found.end <= cut);
    const masked = decided.filter(({ by, found }) => this.#note(by, found, text));
    const passed = this.#replaced(text, { from, cut }, masked);
    this.#held = text.slice(cut);
    this.#context = text.slice(Math.max(0, cut - CONTEXT_CHARS), cut);
    return passed;
  }

  #locate(text: string, from: number): readonly Located[] {
    return this.#guarding.guardrails
      .flatMap((by) => by.finders.flatMap(({ find }) => find(text, from).map((found) => ({ by, found }))))
      .toSorted((a, b) => a.found.start - b.found.start || b.found.end - a.found.end);
  }

  /** Up to where all is known: nothing that was found, or has begun, is cut in two, unless it is too long to be held. */
  #cutOf(text: string, from: number, located: readonly Located[]): number {
    let cut = text.length - LOOK_BEHIND_CHARS;
    const canHold = (start: number): boolean => text.length - start <= HELD_CHARS_MAX;
    for (const { finders } of this.#guarding.guardrails) {
      for (const { openFrom } of finders) {
        const open = openFrom?.(text);
        if (open !== undefined && open >= from && open < cut && canHold(open)) cut = open;
      }
    }
    for (let isMoved = true; isMoved; ) {
      isMoved = false;
      for (const { found } of located) {
        const isUndecided = found.start < cut && (found.end > cut || found.end === text.length);
        if (!isUndecided || !canHold(found.start)) continue;
        cut = found.start;
        isMoved = true;
      }
    }
    return Math.max(from, cut);
  }

  /** Counts a match; true where it is to be masked. */
  #note(by: CompiledGuardrail, { kind, start, end }: Found, text: string): boolean {
    if (kind === undefined) return false;
    this.#guarding.onMatch(by, { kind, value: text.slice(start, end) });
    return by.guardrail.action === 'mask';
  }

  #replaced(text: string, span: { readonly from: number; readonly cut: number }, masked: readonly Located[]): string {
    let passed = '';
    let at = span.from;
    for (let index = 0; index < masked.length; ) {
      const first = masked[index]?.found;
      if (first?.kind === undefined) break;
      // What overlaps is one thing: each part of it would tell of the rest.
      let { end } = first;
      for (index += 1; (masked[index]?.found.start ?? end) < end; index += 1)
        end = Math.max(end, masked[index]?.found.end ?? end);
      passed += text.slice(at, first.start) + this.#guarding.placeholderOf(first.kind, text.slice(first.start, end));
      at = end;
    }
    return passed + text.slice(at, span.cut);
  }
}
