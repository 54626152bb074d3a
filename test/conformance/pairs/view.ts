import type { JsonObject, JsonValue } from '../../../src/kernel/json.ts';

/** What a caller makes of an answer, read from its bytes: independently of the code that wrote them. */
export type View = {
  readonly text: string;
  readonly thoughts: string;
  readonly refusal: string | undefined;
  readonly calls: readonly { readonly id: string; readonly name: string; readonly arguments: JsonValue }[];
  /** Addresses of the sources that were named. */
  readonly sources: readonly string[];
  readonly hasLogprobs: boolean;
  readonly choices: number;
  /** Why it ended, in the format’s own word; `undefined` where it did not end. */
  readonly finish: string | undefined;
  readonly stopSequence: string | undefined;
  readonly usage: ViewedUsage;
  /** What went wrong, with the provider’s own words in it. */
  readonly error: string | undefined;
  /** What the caller sends back as the model’s turn, in the form of its request. */
  readonly turn: readonly JsonObject[];
};

/** Tokens as told: `input` and `output` are whole, the others parts of them. */
export type ViewedUsage = {
  readonly input: number | undefined;
  readonly read: number | undefined;
  /** Written to a cache; for each lifetime where the format parts them. */
  readonly written: number | undefined;
  readonly written1h: number | undefined;
  readonly output: number | undefined;
  readonly reasoning: number | undefined;
};

export const NO_VIEWED_USAGE: ViewedUsage = {
  input: undefined,
  read: undefined,
  written: undefined,
  written1h: undefined,
  output: undefined,
  reasoning: undefined,
};

export const NO_VIEW: View = {
  text: '',
  thoughts: '',
  refusal: undefined,
  calls: [],
  sources: [],
  hasLogprobs: false,
  choices: 0,
  finish: undefined,
  stopSequence: undefined,
  usage: NO_VIEWED_USAGE,
  error: undefined,
  turn: [],
};

/** How a caller of a dialect reads answers. */
export type Reader = {
  readonly whole: (body: JsonObject) => View;
  readonly stream: (text: string) => View;
};

/** Adds numbers of which some may be unsaid; unsaid where all are. */
export function sum(...counts: readonly (number | undefined)[]): number | undefined {
  const said = counts.filter((count) => count !== undefined);
  return said.length === 0 ? undefined : said.reduce((total, count) => total + count, 0);
}
