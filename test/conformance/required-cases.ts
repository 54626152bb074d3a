import type { Dialect } from '../../src/dialects/contract.ts';

/**
 * What the cases of a chat dialect have to cover between them. A case names what it covers in `covers` of its meta.json;
 * further words of its own are free.
 */

type Required = {
  readonly means: string;
  /** The face that has to show it; `any` where one case of either face will do. */
  readonly of: 'any' | 'inbound' | 'outbound';
};

const any = (means: string): Required => ({ means, of: 'any' });
const outbound = (means: string): Required => ({ means, of: 'outbound' });
const inbound = (means: string): Required => ({ means, of: 'inbound' });

export const REQUIRED_CASES: Readonly<Record<string, Required>> = {
  text: any('a plain question and its answer'),
  'text-stream': any('the same as a stream'),
  system: any('a system prompt, and a developer prompt where the dialect has one'),
  'multi-turn': any('a conversation of several turns'),
  'image-url': any('a picture by its address'),
  'image-base64': any('a picture as base64'),
  file: any('a PDF or another document'),
  'tool-call': any('tools offered and one called'),
  'tool-call-stream': any('a call whose arguments are streamed'),
  'parallel-tool-calls': any('several calls in one answer'),
  'parallel-tool-calls-stream': any('several calls in one stream'),
  'tool-result': any('results given back'),
  'tool-result-image': any('a result that holds a picture'),
  'tool-choice': any('the forms of tool choice'),
  'structured-output': any('an answer by JSON Schema'),
  reasoning: any('thinking asked for and shown'),
  'reasoning-stream': any('thinking streamed'),
  signature: any('thinking with its signature or id before a call, given back on the next turn'),
  'redacted-reasoning': any('redacted or encrypted reasoning'),
  'cache-marker': any('cache markers in the request, or the name of a prompt cache'),
  'cached-usage': any('usage with tokens read from a cache'),
  'cache-write-usage': any('usage with tokens written to a cache'),
  'usage-stream': any('usage within a stream'),
  refusal: any('the model refuses'),
  'length-stop': any('the answer ends at its longest'),
  'stop-sequence': any('the answer ends at a stop sequence'),
  'safety-block': any('a filter ends the answer'),
  'error-bad-request': any('an invalid request'),
  'error-context-length': outbound('a prompt that is too long'),
  'error-auth': any('a wrong credential'),
  'error-permission': outbound('a credential that may not'),
  'error-not-found': any('an unknown model'),
  'error-rate-limit': any('a rate limit, with the time to wait'),
  'error-overload': outbound('a provider that has too much in hand'),
  'error-server': any('a provider that fails'),
  'stream-error': any('an error within a stream'),
  'stream-cut': outbound('a stream that ends early'),
  'unknown-event': outbound('an event that nobody has heard of'),
  'unknown-field': outbound('a field that nobody has heard of'),
  'unknown-enum': outbound('a finish reason or block type that nobody has heard of'),
  'refused-request': inbound('a request that is refused with the field that is wrong'),
};

/** What a dialect cannot show, and why. */
export const EXCUSED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'gemini-generate': {
    'cache-write-usage': 'what is written to the cache is not counted',
  },
  'ollama-chat': {
    'cache-write-usage': 'what is written to the cache is not counted',
    'safety-block': 'nothing filters what a model says',
  },
};

/** The words that a dialect's cases do not cover and are not excused for, each with what it means. */
export function missingCases(dialect: Dialect, covered: ReadonlySet<string>): readonly string[] {
  const excused = EXCUSED[dialect.name] ?? {};
  return Object.entries(REQUIRED_CASES)
    .filter(([word, { of }]) => {
      const applies = of === 'any' || dialect[of] !== undefined;
      return applies && !covered.has(word) && excused[word] === undefined;
    })
    .map(([word, { means }]) => `${word}: ${means}`);
}

/** Excuses that excuse nothing: for a dialect or a word that is not there, or for what is covered. */
export function idleExcuses(covered: (dialect: string) => ReadonlySet<string>): readonly string[] {
  return Object.entries(EXCUSED).flatMap(([dialect, words]) =>
    Object.keys(words)
      .filter((word) => REQUIRED_CASES[word] === undefined || covered(dialect).has(word))
      .map((word) => `${dialect}: ${word}`),
  );
}
