import type { OutputLimit } from '../dialects/contract.ts';
import { type CallBound, NOTHING_BOUND } from '../metering/bound-call.ts';
import type { Deployment } from '../protocol/deployment.ts';
import type { Operation } from '../protocol/operation.ts';
import type { LikelyTokens } from './call-limits.ts';
import type { DecodedOnce, Way } from './ways.ts';

/** What models put around a request before they count it: the words of roles; and instructions, where there are tools. */
export const AROUND_REQUEST_TOKENS = 64;
const AROUND_TOOLS_TOKENS = 1000;
/** Bytes of a token of ordinary text, for what a call has likely used of which nothing is ever heard. */
export const LIKELY_SHARE = 4;
/** Where a provider does not say how much its model takes or answers. */
const CONTEXT_TOKENS = 200_000;
const ANSWER_TOKENS = 32_768;
/** An answer is never limited to less than this, if so much was asked for. */
const LEAST_ANSWER_TOKENS = 256;
/** Searches in one call, each of which costs, where the caller says nothing. */
const SEARCHES_MAX = 10;

/** Tells of something that is read elsewhere, whose length nobody knows here. */
const READ_ELSEWHERE =
  /"(?:previous_response_id|conversation|cached_content|cachedContent|file_id|file_url|file_uri|fileUri|image_url|url|s3Location)"\s*:/;
const HAS_TOOLS = /"(?:tools|functions)"\s*:/;
const WRITES_CACHE = /"(?:cache_control|cachePoint)"\s*:/;
const FOR_AN_HOUR = /"ttl"\s*:\s*"1h"/;
const HAS_AUDIO = /"(?:input_audio|inputAudio)"\s*:|"audio\//;
const ANSWERS_AUDIO =
  /"(?:modalities|output_modalities|responseModalities|response_modalities)"\s*:\s*\[[^\]]*"audio"/i;
const HAS_IMAGES = /"(?:image|image_url|input_image|images)"|"(?:image|video)\//;
const SEARCHES = /"type"\s*:\s*"web_search|"(?:web_search_options|google_?search(?:_?retrieval)?|google_?maps)"\s*:/i;

/** The most that a call can use, and what of its answer it cannot do without. */
export type BoundedCall = {
  readonly bound: CallBound;
  readonly choices: number;
  /** Of each answer: fewer than these make no sense to the caller. */
  readonly leastAnswerTokens: number;
};

/**
 * The most that a request can use at a deployment. A token is a byte at least, so what is sent has no more tokens than
 * bytes; what cannot be counted may fill the whole context.
 */
export function boundCall(decoded: DecodedOnce, way: Way, { facts }: Deployment, operation: Operation): BoundedCall {
  const { raw } = decoded.request;
  const text = raw.toString('latin1');
  const context = facts.contextTokens ?? Math.max(CONTEXT_TOKENS, facts.maxOutputTokens ?? 0);
  const counted = READ_ELSEWHERE.test(text)
    ? context
    : raw.length + (HAS_TOOLS.test(text) ? AROUND_TOOLS_TOKENS : AROUND_REQUEST_TOKENS);
  const { maxTokens, choices, reasoningTokens } = limitOf(decoded, way);
  const most = operation === 'embeddings' ? 0 : Math.min(maxTokens ?? facts.maxOutputTokens ?? ANSWER_TOKENS, context);
  const bound: CallBound = {
    ...NOTHING_BOUND,
    inputTokens: Math.min(counted, context),
    inputClasses: [
      ...NOTHING_BOUND.inputClasses,
      ...(WRITES_CACHE.test(text) ? (['cacheWrite5mTokens'] as const) : []),
      ...(FOR_AN_HOUR.test(text) ? (['cacheWrite1hTokens'] as const) : []),
      ...(HAS_AUDIO.test(text) ? (['audioInputTokens'] as const) : []),
      ...(HAS_IMAGES.test(text) ? (['imageInputTokens'] as const) : []),
    ],
    outputTokens: most * choices,
    outputClasses: [
      ...NOTHING_BOUND.outputClasses,
      ...(ANSWERS_AUDIO.test(text) ? (['audioOutputTokens'] as const) : []),
      ...(facts.outputModalities?.includes('image') === true ? (['imageOutputTokens'] as const) : []),
    ],
    toolCalls: SEARCHES.test(text) ? SEARCHES_MAX : 0,
  };
  const least = reasoningTokens > 0 ? reasoningTokens + LEAST_ANSWER_TOKENS : LEAST_ANSWER_TOKENS;
  return { bound, choices, leastAnswerTokens: Math.min(most, least) };
}

/** Where a caller names no most: what limits of tokens take an answer to be, until it is known. */
const LIKELY_ANSWER_TOKENS = 1024;

/** What a request likely uses of tokens, for limits that are corrected by what it did use. */
export function likelyTokens(decoded: DecodedOnce, way: Way, operation: Operation): LikelyTokens {
  const inputTokens = Math.ceil(decoded.request.raw.length / LIKELY_SHARE);
  if (operation === 'embeddings') return { inputTokens, outputTokens: 0 };
  const { maxTokens, choices } = limitOf(decoded, way);
  return { inputTokens, outputTokens: (maxTokens ?? LIKELY_ANSWER_TOKENS) * choices };
}

function limitOf(decoded: DecodedOnce, way: Way): OutputLimit {
  if (way.kind === 'pass') {
    return (
      way.face.answerLength?.read(decoded.request.body) ?? { maxTokens: undefined, choices: 1, reasoningTokens: 0 }
    );
  }
  if (way.kind === 'embeddings') return { maxTokens: 0, choices: 1, reasoningTokens: 0 };
  const { maxOutputTokens, choices, reasoning } = decoded.chat;
  return {
    maxTokens: maxOutputTokens !== undefined && maxOutputTokens > 0 ? maxOutputTokens : undefined,
    choices: Math.max(1, choices ?? 1),
    reasoningTokens: reasoning?.budgetTokens ?? 0,
  };
}
