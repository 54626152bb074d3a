/**
 * A secret in memory. It does not print itself: logging, inspecting or serializing whatever holds it shows `[secret]`,
 * and only `reveal` gives the text.
 */
export type Secret = {
  readonly reveal: () => string;
  readonly toString: () => string;
  readonly toJSON: () => string;
};

const SHOWN = '[secret]';

/** Wraps a secret's text. */
export function secretOf(text: string): Secret {
  return { reveal: () => text, toString: () => SHOWN, toJSON: () => SHOWN };
}
