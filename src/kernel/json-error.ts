const DIGITS = /\d+/y;
const WHOLE_PART = /0|[1-9]\d*/y;
const EXPONENT = /[eE][+-]?/y;
/** Characters that stand for themselves between two quotes: no quote, backslash or control character. */
const PLAIN = /[\u0020\u0021\u0023-\u005b\u005d-\uffff]+/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const WORDS = ['true', 'false', 'null'] as const;
const WHITESPACE = ' \t\n\r';

/**
 * Where a text stops being JSON: the offset of the first character that cannot stand there, or the text's length when it
 * ends too early or is JSON. For texts that a parser has refused: V8 tells the place of some errors and not of others.
 */
export function findJsonError(text: string): number {
  return new Scanner(text).findError();
}

/** What may come next. */
type Expected = 'value' | 'value-or-close' | 'key' | 'key-or-close' | 'colon' | 'comma-or-close' | 'end';

class Scanner {
  readonly #text: string;
  #at = 0;
  /** The closing brackets that are due, innermost last. */
  readonly #open: string[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  findError(): number {
    let expected: Expected | undefined = 'value';
    while (expected !== undefined) {
      while (this.#at < this.#text.length && WHITESPACE.includes(this.#text.charAt(this.#at))) this.#at += 1;
      if (this.#at >= this.#text.length) break;
      expected = this.#step(expected);
    }
    return this.#at;
  }

  /** Takes one token; `undefined` when it cannot stand here. */
  #step(expected: Expected): Expected | undefined {
    const next = this.#text.charAt(this.#at);
    switch (expected) {
      case 'value':
        return this.#takeValue(next);
      case 'value-or-close':
        return next === ']' ? this.#close() : this.#takeValue(next);
      case 'key':
        return next === '"' && this.#takeString() ? 'colon' : undefined;
      case 'key-or-close':
        if (next === '}') return this.#close();
        return next === '"' && this.#takeString() ? 'colon' : undefined;
      case 'colon':
        return next === ':' ? this.#take('value') : undefined;
      case 'comma-or-close':
        if (next === this.#open.at(-1)) return this.#close();
        return next === ',' ? this.#take(this.#open.at(-1) === '}' ? 'key' : 'value') : undefined;
      case 'end':
        return undefined;
    }
  }

  #takeValue(next: string): Expected | undefined {
    if (next === '{' || next === '[') {
      this.#open.push(next === '{' ? '}' : ']');
      return this.#take(next === '{' ? 'key-or-close' : 'value-or-close');
    }
    return this.#takeScalar(next) ? this.#afterValue() : undefined;
  }

  #takeScalar(next: string): boolean {
    if (next === '"') return this.#takeString();
    const word = WORDS.find((candidate) => candidate.startsWith(next));
    return word === undefined ? this.#takeNumber() : this.#takeWord(word);
  }

  #takeString(): boolean {
    this.#at += 1;
    while (this.#takePattern(PLAIN) || this.#takePattern(ESCAPE));
    if (this.#text.charAt(this.#at) !== '"') return false;
    this.#at += 1;
    return true;
  }

  /** Of a word that only begins like one of JSON's, the place is where it goes astray. */
  #takeWord(word: string): boolean {
    for (const letter of word) {
      if (this.#text.charAt(this.#at) !== letter) return false;
      this.#at += 1;
    }
    return true;
  }

  /** https://www.rfc-editor.org/rfc/rfc8259#section-6 */
  #takeNumber(): boolean {
    if (this.#text.charAt(this.#at) === '-') this.#at += 1;
    if (!this.#takePattern(WHOLE_PART)) return false;
    if (this.#text.charAt(this.#at) === '.') {
      this.#at += 1;
      if (!this.#takePattern(DIGITS)) return false;
    }
    return !this.#takePattern(EXPONENT) || this.#takePattern(DIGITS);
  }

  #takePattern(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    const length = pattern.exec(this.#text)?.[0].length ?? 0;
    this.#at += length;
    return length > 0;
  }

  #take(next: Expected): Expected {
    this.#at += 1;
    return next;
  }

  #close(): Expected {
    this.#at += 1;
    this.#open.pop();
    return this.#afterValue();
  }

  #afterValue(): Expected {
    return this.#open.length === 0 ? 'end' : 'comma-or-close';
  }
}
