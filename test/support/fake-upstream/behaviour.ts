import type { Manner } from './openai-chat/manners.ts';

/** What a provider may do to its caller. Fields combine; one that is absent means "as a well-behaved provider does". */
export type Behaviour = {
  /** Answered in place of the model's own words. */
  readonly instead?: Instead | undefined;
  /** Its words, one content event each. */
  readonly says?: readonly string[] | undefined;
  readonly hang?: Hang | undefined;
  readonly cut?: Cut | undefined;
  readonly usage?: UsageBehaviour | undefined;
  /** Milliseconds before the status line is sent. */
  readonly headersAfterMs?: number | undefined;
  /** Milliseconds before each event, or before each piece of an answer that is not streamed. */
  readonly eventDelayMs?: number | undefined;
  /** Largest number of bytes handed to the socket in one write. */
  readonly writeBytesMax?: number | undefined;
  /** The line end that frames the events. */
  readonly lineEnd?: '\n' | '\r\n' | '\r' | undefined;
  /** How many content events (words) the answer has. */
  readonly contentEvents?: number | undefined;
  /** Puts one content event of this many bytes into the stream. */
  readonly hugeEventBytes?: number | undefined;
  /** Sends an error event after so many events and ends the stream there. */
  readonly errorAfterEvents?: number | undefined;
  readonly terminator?: 'sent' | 'missing' | undefined;
  readonly encoding?: 'identity' | 'gzip' | undefined;
  /** Thinks before it answers, in words or so that only the service can read it. */
  readonly thinks?: 'shown' | 'redacted' | undefined;
  /** How the answer ends, whatever it says. */
  readonly ending?: 'filtered' | 'refused' | 'stop-sequence' | undefined;
  /** How often a tool that is called is called at once. */
  readonly parallelCalls?: number | undefined;
  /** Tells the log probability of each token. */
  readonly logprobs?: boolean | undefined;
  /** Names a source. */
  readonly cites?: boolean | undefined;
  /** Prompt tokens that were read from and written to a cache, on top of what the prompt has. */
  readonly cached?: CachedTokens | undefined;
  /** Whose way of writing OpenAI's format it has; without one, OpenAI's own. */
  readonly manner?: Manner | undefined;
  /** Sent with the answer beside the usual ones. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
};

export type Instead =
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>> | undefined;
      /** Sent as it is; without one, an error object such as OpenAI sends for that status. */
      readonly body?: string | undefined;
    }
  /** An error whose message repeats the credential that was received, as careless servers do. */
  | { readonly kind: 'echoed-error'; readonly status: number }
  | { readonly kind: 'garbage' }
  | { readonly kind: 'redirect'; readonly status: number; readonly to: string }
  /** An answer whose text is the received headers and body, as JSON. */
  | { readonly kind: 'echo' }
  /** An event that never ends: so many bytes without a line end. */
  | { readonly kind: 'firehose'; readonly bytes: number };

export type Hang =
  | { readonly at: 'headers' }
  | { readonly at: 'first-byte' }
  | { readonly at: 'event'; readonly after: number };

export type Cut = {
  /** `reset`: RST; `fin`: the connection closes without ending the body; `end`: the body ends properly, only too early. */
  readonly how: 'reset' | 'fin' | 'end';
  readonly unit: 'bytes' | 'events';
  readonly after: number;
};

export type UsageBehaviour =
  | { readonly kind: 'missing' }
  | { readonly kind: 'null' }
  | { readonly kind: 'every-chunk' }
  | { readonly kind: 'twice' }
  /** Every token count is this text, put into the JSON as it is (`-5`, `NaN`, `1e400`). */
  | { readonly kind: 'hostile'; readonly text: string };

export type CachedTokens = {
  readonly read?: number | undefined;
  readonly write5m?: number | undefined;
  readonly write1h?: number | undefined;
};

/** Texts that stand where a token count belongs; the last are no JSON at all. */
export const HOSTILE_COUNTS = ['-5', '1e400', '9007199254740993', '"12"', '1.5', 'true', '[]', 'NaN'] as const;

const DEFAULT_FIREHOSE_BYTES = 64 * 1024 * 1024;
const SLOW_PIECE_BYTES = 16;

/**
 * Reads the behaviour from a model name: `fake-small@crlf+split:1+cut:reset:events:3`. The part before `@` is the model,
 * the words after it are joined with `+`. A name without `@` is well-behaved.
 *
 * Words: a status (`429`, `429:retry-after=7`), `echo-error:STATUS`, `garbage`, `redirect:URL`, `echo`,
 * `firehose[:BYTES]`, `hang:headers`, `hang:first-byte`, `hang:EVENTS`, `cut:reset|fin|end:bytes|events:N`,
 * `usage:missing|null|every-chunk|twice`, `usage:hostile:TEXT`, `wait:MS`, `delay:MS`, `slow:MS`, `split:BYTES`, `crlf`,
 * `cr`, `events:N`, `huge:BYTES`, `error-event:EVENTS`, `no-done`, `gzip`, `think`, `redacted`, `refuse`, `filter`,
 * `stop-sequence`, `parallel:CALLS`, `cite`, `logprobs`, `read:TOKENS`, `write5m:TOKENS`, `write1h:TOKENS`.
 *
 * @throws Error for a word that it does not know
 */
export function behaviourOf(model: string): Behaviour {
  const at = model.indexOf('@');
  if (at === -1) return {};
  let behaviour: Behaviour = {};
  for (const word of model.slice(at + 1).split('+')) {
    const { cached, ...said } = readWord(word);
    behaviour = {
      ...behaviour,
      ...said,
      ...(cached === undefined ? {} : { cached: { ...behaviour.cached, ...cached } }),
    };
  }
  return behaviour;
}

/** The part of a model name before the behaviour. */
export function baseModelOf(model: string): string {
  const at = model.indexOf('@');
  return at === -1 ? model : model.slice(0, at);
}

function readWord(word: string): Behaviour {
  const [name = '', ...rest] = word.split(':');
  const argument = rest.join(':');
  if (/^[1-5]\d\d$/.test(name)) return { instead: statusOf(Number(name), argument) };
  switch (name) {
    case 'echo-error':
      return { instead: { kind: 'echoed-error', status: count(word, argument) } };
    case 'garbage':
      return { instead: { kind: 'garbage' } };
    case 'redirect':
      return { instead: { kind: 'redirect', status: 302, to: argument } };
    case 'echo':
      return { instead: { kind: 'echo' } };
    case 'firehose':
      return {
        instead: { kind: 'firehose', bytes: argument === '' ? DEFAULT_FIREHOSE_BYTES : count(word, argument) },
      };
    case 'hang':
      return { hang: hangOf(word, argument) };
    case 'cut':
      return { cut: cutOf(word, rest) };
    case 'usage':
      return { usage: usageOf(word, rest) };
    case 'slow':
      return { eventDelayMs: count(word, argument), writeBytesMax: SLOW_PIECE_BYTES };
    default:
      return readFraming(word, name, argument);
  }
}

function readFraming(word: string, name: string, argument: string): Behaviour {
  switch (name) {
    case 'wait':
      return { headersAfterMs: count(word, argument) };
    case 'delay':
      return { eventDelayMs: count(word, argument) };
    case 'split':
      return { writeBytesMax: count(word, argument) };
    case 'crlf':
      return { lineEnd: '\r\n' };
    case 'cr':
      return { lineEnd: '\r' };
    case 'events':
      return { contentEvents: count(word, argument) };
    case 'huge':
      return { hugeEventBytes: count(word, argument) };
    case 'error-event':
      return { errorAfterEvents: count(word, argument) };
    case 'no-done':
      return { terminator: 'missing' };
    case 'gzip':
      return { encoding: 'gzip' };
    default:
      return readContent(word, name, argument);
  }
}

function readContent(word: string, name: string, argument: string): Behaviour {
  switch (name) {
    case 'think':
      return { thinks: 'shown' };
    case 'redacted':
      return { thinks: 'redacted' };
    case 'refuse':
      return { ending: 'refused' };
    case 'filter':
      return { ending: 'filtered' };
    case 'stop-sequence':
      return { ending: 'stop-sequence' };
    case 'parallel':
      return { parallelCalls: count(word, argument) };
    case 'logprobs':
      return { logprobs: true };
    case 'cite':
      return { cites: true };
    case 'read':
    case 'write5m':
    case 'write1h':
      return { cached: { [name]: count(word, argument) } };
    default:
      throw new Error(`the fake upstream knows no behaviour \`${word}\``);
  }
}

function statusOf(status: number, argument: string): Instead {
  const headers: Record<string, string> = {};
  for (const pair of argument.split(',')) {
    const [name = '', ...value] = pair.split('=');
    if (name !== '') headers[name] = value.join('=');
  }
  if (status === 429 && headers['retry-after'] === undefined) headers['retry-after'] = '1';
  return { kind: 'status', status, headers };
}

function hangOf(word: string, argument: string): Hang {
  if (argument === 'headers' || argument === 'first-byte') return { at: argument };
  return { at: 'event', after: count(word, argument) };
}

function cutOf(word: string, [how, unit, after]: readonly string[]): Cut {
  const isHow = how === 'reset' || how === 'fin' || how === 'end';
  const isUnit = unit === 'bytes' || unit === 'events';
  if (!isHow || !isUnit) throw new Error(`\`${word}\` is not cut:reset|fin|end:bytes|events:N`);
  return { how, unit, after: count(word, after ?? '') };
}

function usageOf(word: string, [kind, ...text]: readonly string[]): UsageBehaviour {
  if (kind === 'missing' || kind === 'null' || kind === 'every-chunk' || kind === 'twice') return { kind };
  if (kind === 'hostile') return { kind, text: text.join(':') };
  throw new Error(`\`${word}\` is no behaviour of usage`);
}

function count(word: string, text: string): number {
  if (!/^\d+$/.test(text)) throw new Error(`\`${word}\` needs a whole number`);
  return Number(text);
}
