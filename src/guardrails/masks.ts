import type { MatchKind } from '../protocol/guardrails.ts';

/** A placeholder as it stands in a text. */
const PLACEHOLDER = /\[[A-Z][A-Z0-9_]{0,30}_\d{1,9}\]/g;
/** The end of a text in which a placeholder may have begun. */
const BEGUN = /\[(?:[A-Z][A-Z0-9_]{0,40})?$/;

/**
 * What stands in the place of values of one request. It is known to the request alone, and gone with it. Values of the
 * request can be put back; those that only an answer held cannot.
 */
export class Masks {
  readonly #placeholders = new Map<string, string>();
  readonly #values = new Map<string, string>();
  readonly #ofAnswer = new Map<string, string>();
  readonly #counts = new Map<MatchKind, number>();
  readonly #isTaken: (placeholder: string) => boolean;

  /** `isTaken`: whether the caller itself wrote such a word, which then stands for itself. */
  constructor(isTaken: (placeholder: string) => boolean) {
    this.#isTaken = isTaken;
  }

  /** Whether anything of the request was replaced. */
  get hasValues(): boolean {
    return this.#values.size > 0;
  }

  /** Each value that was replaced, and by what. */
  get replaced(): ReadonlyMap<string, string> {
    return this.#placeholders;
  }

  /** The placeholder of a value of the request: the same for the same value. */
  ofInput(kind: MatchKind, value: string): string {
    const known = this.#placeholders.get(value);
    if (known !== undefined) return known;
    const placeholder = this.#next(kind);
    this.#placeholders.set(value, placeholder);
    this.#values.set(placeholder, value);
    return placeholder;
  }

  /** What a service put in the place of a whole text; it knows what it was no more than anybody. */
  replace(text: string, replacement: string): void {
    if (text !== '') this.#placeholders.set(text, replacement);
  }

  /** The placeholder of a value that stands in the answer. */
  ofOutput(kind: MatchKind, value: string): string {
    const known = this.#ofAnswer.get(value);
    if (known !== undefined) return known;
    const placeholder = this.#next(kind);
    this.#ofAnswer.set(value, placeholder);
    return placeholder;
  }

  /** The text with the caller's own values; within JSON as they stand in its strings. */
  restored(text: string, isJson: boolean): string {
    return text.replace(PLACEHOLDER, (placeholder) => {
      const value = this.#values.get(placeholder);
      if (value === undefined) return placeholder;
      return isJson ? JSON.stringify(value).slice(1, -1) : value;
    });
  }

  #next(kind: MatchKind): string {
    for (;;) {
      const count = (this.#counts.get(kind) ?? 0) + 1;
      this.#counts.set(kind, count);
      const placeholder = `[${kind.toUpperCase()}_${count}]`;
      if (!this.#isTaken(placeholder)) return placeholder;
    }
  }
}

/** Puts values back into a text that comes piece by piece. */
export class Restorer {
  readonly #masks: Masks;
  readonly #isJson: boolean;
  #held = '';

  constructor(masks: Masks, isJson: boolean) {
    this.#masks = masks;
    this.#isJson = isJson;
  }

  push(piece: string): string {
    if (!this.#masks.hasValues) return piece;
    const text = this.#held + piece;
    const begun = text.search(BEGUN);
    this.#held = begun < 0 ? '' : text.slice(begun);
    return this.#masks.restored(begun < 0 ? text : text.slice(0, begun), this.#isJson);
  }

  end(): string {
    const held = this.#held;
    this.#held = '';
    return held;
  }
}
