/**
 * Guesses how many tokens a text is without a tokenizer. Byte-pair tokenizers take quadratic time on some texts and
 * hundreds of milliseconds to load; this takes a few nanoseconds per character, on a bounded number of them, and is meant
 * for what no provider reported. Weights were set so that English prose comes to about four characters a token and
 * Chinese or Japanese to a little under one.
 */

/** Characters looked at in one text; a longer one is sampled in evenly spread windows. */
const INSPECTED_CHARS_MAX = 32_768;
const WINDOWS = 32;
const WINDOW_CHARS = INSPECTED_CHARS_MAX / WINDOWS;

/** Tokens per character of each kind. */
const LETTER = 0.24;
const DIGIT = 0.4;
const SYMBOL = 0.6;
const SPACE = 0.04;
const LINE_BREAK = 0.5;
const ACCENTED = 0.5;
const ALPHABETIC = 0.4;
const IDEOGRAPH = 0.9;
const SURROGATE = 1;
const OTHER = 0.6;

/** The estimated tokens of a text; 0 only for an empty one. */
export function estimateTokensOfText(text: string): number {
  return text.length === 0 ? 0 : Math.max(1, Math.ceil(weighText(text)));
}

/** The same before rounding, for adding up many short texts. */
export function weighText(text: string): number {
  if (text.length <= INSPECTED_CHARS_MAX) return weighRange(text, 0, text.length);
  const stride = (text.length - WINDOW_CHARS) / (WINDOWS - 1);
  let weight = 0;
  for (let window = 0; window < WINDOWS; window += 1) {
    const start = Math.floor(window * stride);
    weight += weighRange(text, start, start + WINDOW_CHARS);
  }
  return (weight / INSPECTED_CHARS_MAX) * text.length;
}

function weighRange(text: string, start: number, end: number): number {
  let weight = 0;
  for (let at = start; at < end; at += 1) {
    const code = text.charCodeAt(at);
    weight += code < 0x80 ? weighAscii(code) : weighOther(code);
  }
  return weight;
}

function weighAscii(code: number): number {
  const folded = code | 0x20;
  if (folded >= 0x61 && folded <= 0x7a) return LETTER;
  if (code >= 0x30 && code <= 0x39) return DIGIT;
  if (code === 0x0a || code === 0x0d) return LINE_BREAK;
  return code === 0x20 || code === 0x09 ? SPACE : SYMBOL;
}

function weighOther(code: number): number {
  // Latin with accents; then Greek, Cyrillic, Hebrew and Arabic.
  if (code < 0x0250) return ACCENTED;
  if (code >= 0x0370 && code <= 0x06ff) return ALPHABETIC;
  // Kana, Han and Hangul with their punctuation and full-width forms.
  if ((code >= 0x2e80 && code <= 0x9fff) || (code >= 0xac00 && code <= 0xd7a3)) return IDEOGRAPH;
  if ((code >= 0xf900 && code <= 0xfaff) || (code >= 0xff00 && code <= 0xffef)) return IDEOGRAPH;
  // Half of an emoji or of a rare ideograph.
  if (code >= 0xd800 && code <= 0xdfff) return SURROGATE;
  return OTHER;
}
