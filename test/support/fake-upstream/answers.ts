import { createHash } from 'node:crypto';
import type { JsonObject, JsonValue } from '../../../src/kernel/json.ts';
import type { Behaviour } from './behaviour.ts';
import { argumentsFor, type FakePrompt } from './prompt.ts';

/** What a call used: `promptTokens` includes the cached and the written ones, `completionTokens` those of reasoning. */
export type FakeUsage = {
  readonly promptTokens: number;
  readonly cachedTokens: number;
  readonly completionTokens: number;
  readonly reasoningTokens?: number | undefined;
  readonly cacheWrite5mTokens?: number | undefined;
  readonly cacheWrite1hTokens?: number | undefined;
};

/** What the stand-in says: a function of the request alone, so that a test can compute it. */
export type FakeAnswer = {
  /** The part of an id that tells answers apart; each format puts its own word before it. */
  readonly idPart: string;
  readonly words: readonly string[];
  /** What it thinks before it answers; nothing where it does not think. */
  readonly thoughts: readonly string[];
  /** Only the service itself can read what it thought. */
  readonly isRedacted: boolean;
  readonly toolCalls: readonly FakeToolCall[];
  readonly finish: 'stop' | 'length' | 'tool-call' | 'filtered' | 'refused' | 'stop-sequence';
  /** Whether the log probability of each token is told. */
  readonly tellsLogprobs: boolean;
  /** Whether the answer names a source. */
  readonly cites: boolean;
  readonly usage: FakeUsage;
  /** How many choices were asked for. */
  readonly choices: number;
};

export type FakeToolCall = { readonly idPart: string; readonly name: string; readonly argumentsText: string };

/** Everything opaque that the stand-in gives begins with this once it is decoded, and it takes nothing else back. */
const SEAL = 'fake-upstream seal ';
export const STOP_SEQUENCE = 'STOP';
export const SOURCE = { url: 'https://example.com/source', title: 'A source', text: 'What the source says.' };

const WORDS = [
  'The',
  'hub',
  'relays',
  'naïve',
  'bytes',
  '世界',
  'as',
  'they',
  'come',
  '👩‍👩‍👧',
  'and',
  'counts',
  'them',
  '—',
];
const THOUGHTS = ['Let', ' me', ' think', ' about', ' this', '.'];
const REFUSAL_WORDS = ['I', ' cannot', ' help', ' with', ' that', '.'];
const DEFAULT_WORDS_MIN = 8;
const DEFAULT_WORDS_SPREAD = 24;
const CHOICES_MAX = 8;
const BYTES_PER_TOKEN = 4;
const TOKENS_PER_MESSAGE = 3;
/** Prompts below this are not cached, and caching counts in steps: https://platform.openai.com/docs/guides/prompt-caching */
const CACHED_PROMPT_TOKENS_MIN = 1024;
const CACHED_TOKENS_STEP = 128;
/** A value that no format rounds. */
export const LOGPROB = -0.25;
const DIMENSIONS_DEFAULT = 64;

/** Answers a prompt as the behaviour says. */
export function answerTo(
  prompt: FakePrompt,
  { serial, behaviour }: { readonly serial: number; readonly behaviour: Behaviour },
): FakeAnswer {
  const digest = createHash('sha256').update(prompt.text).digest();
  const idPart = idText(prompt.text, serial);
  const toolCalls = toolCallsFor(prompt, { idPart, behaviour });
  const isRefused = behaviour.ending === 'refused';
  const wanted = toolCalls.length > 0 ? 0 : wordsWanted(digest, behaviour);
  const length = Math.min(wanted, Math.max(1, prompt.tokensMax ?? wanted));
  const words = isRefused ? REFUSAL_WORDS : Array.from({ length }, (_, index) => wordAt(digest, index));
  const thoughts = behaviour.thinks !== undefined || prompt.thinks ? THOUGHTS : [];
  const choices = Math.min(CHOICES_MAX, prompt.choices);
  return {
    idPart,
    words,
    thoughts,
    isRedacted: behaviour.thinks === 'redacted',
    toolCalls,
    finish: behaviour.ending ?? (toolCalls.length > 0 ? 'tool-call' : length < wanted ? 'length' : 'stop'),
    tellsLogprobs: behaviour.logprobs === true,
    cites: behaviour.cites === true,
    usage: usageOf(prompt, { answerTokens: answerTokensOf(words, toolCalls) * choices, thoughts, behaviour }),
    choices,
  };
}

/** Prompt tokens as the stand-in counts them: a quarter of the text's bytes and three for each message. */
export function promptTokensOf(prompt: FakePrompt): number {
  return tokensIn(prompt.text) + prompt.messages * TOKENS_PER_MESSAGE;
}

export function tokensIn(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / BYTES_PER_TOKEN);
}

/** Log probabilities in the form of OpenAI’s formats, a token for each word. */
export function logprobsOf(words: readonly string[]): JsonObject[] {
  return words.map((token) => ({ token, logprob: LOGPROB, bytes: [...Buffer.from(token)], top_logprobs: [] }));
}

/** A vector of length 1 for any input, and the same one each time. */
export function vectorFor(input: JsonValue, dimensions = DIMENSIONS_DEFAULT): number[] {
  const digest = createHash('sha256').update(JSON.stringify(input)).digest();
  const raw = Array.from({ length: dimensions }, (_, index) => {
    // A word of the digest, spread by the index, so that long vectors do not repeat.
    const word = digest.readUInt16LE((index * 2) % digest.length);
    return ((word * (index + 1)) % 65_536) / 32_768 - 1;
  });
  const norm = Math.hypot(...raw) || 1;
  return raw.map((value) => Math.fround(value / norm));
}

/** Something that only the stand-in can read, as base64. */
export function sealed(what: string): string {
  return Buffer.from(`${SEAL}${what}`).toString('base64');
}

/** Whether a text is what `sealed` gave, unchanged. */
export function isSealed(text: string): boolean {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text && bytes.toString().startsWith(SEAL);
}

function wordsWanted(digest: Buffer, behaviour: Behaviour): number {
  return behaviour.contentEvents ?? DEFAULT_WORDS_MIN + (digest.readUInt8(0) % DEFAULT_WORDS_SPREAD);
}

/** A tool is called when the caller requires it, or when the last message is the user's and names the tool. */
function toolCallsFor(
  prompt: FakePrompt,
  { idPart, behaviour }: { readonly idPart: string; readonly behaviour: Behaviour },
): readonly FakeToolCall[] {
  const { toolChoice, lastUserText } = prompt;
  if (toolChoice === 'none' || lastUserText === undefined) return [];
  const tool = prompt.tools.find(({ name }) => {
    if (typeof toolChoice === 'object') return name === toolChoice.name;
    return toolChoice === 'required' || lastUserText.includes(name);
  });
  if (tool === undefined) return [];
  const argumentsText = JSON.stringify(argumentsFor(tool.parameters));
  return Array.from({ length: behaviour.parallelCalls ?? 1 }, (_, index) => ({
    idPart: index === 0 ? idPart.slice(0, 24) : `${idPart.slice(0, 22)}${String(index).padStart(2, '0')}`,
    name: tool.name,
    argumentsText,
  }));
}

function answerTokensOf(words: readonly string[], calls: readonly FakeToolCall[]): number {
  return calls.reduce((sum, { name, argumentsText }) => sum + tokensIn(name) + tokensIn(argumentsText), words.length);
}

function usageOf(
  prompt: FakePrompt,
  input: { readonly answerTokens: number; readonly thoughts: readonly string[]; readonly behaviour: Behaviour },
): FakeUsage {
  const { cached = {} } = input.behaviour;
  const own = promptTokensOf(prompt);
  const { read, write5m, write1h } = cached;
  return {
    // What a test says was cached comes on top of what the prompt has.
    promptTokens: own + (read ?? 0) + (write5m ?? 0) + (write1h ?? 0),
    cachedTokens: read ?? cachedTokensOf(own),
    completionTokens: input.answerTokens + input.thoughts.length,
    ...(input.thoughts.length === 0 ? {} : { reasoningTokens: input.thoughts.length }),
    ...(write5m === undefined ? {} : { cacheWrite5mTokens: write5m }),
    ...(write1h === undefined ? {} : { cacheWrite1hTokens: write1h }),
  };
}

function wordAt(digest: Buffer, index: number): string {
  const word = WORDS[digest.readUInt8(index % digest.length) % WORDS.length] ?? 'word';
  return index === 0 ? word : ` ${word}`;
}

function cachedTokensOf(promptTokens: number): number {
  if (promptTokens < CACHED_PROMPT_TOKENS_MIN) return 0;
  return Math.floor(promptTokens / 2 / CACHED_TOKENS_STEP) * CACHED_TOKENS_STEP;
}

function idText(prompt: string, serial: number): string {
  return createHash('sha256').update(`${serial}:${prompt}`).digest('base64url').replaceAll(/[-_]/g, 'x').slice(0, 29);
}
