import { isJsonObject, type JsonObject } from '../../kernel/json.ts';
import { type Span, topLevelSpans } from '../../kernel/json-spans.ts';
import { mostOf } from '../answer-length.ts';
import type { AnswerLengthFace, OutputLimit, ReadRequest } from '../contract.ts';
import { insertion, type Splice } from '../patch-json.ts';
import { bothOf, snakeOf } from './wire-keys.ts';

const CONFIG = 'generationConfig';
const MAX_TOKENS = 'maxOutputTokens';
/** Of a body that was within them before. */
const LIMITS_OFF = { depthMax: Number.MAX_SAFE_INTEGER, keysPerObjectMax: Number.MAX_SAFE_INTEGER };

export const answerLength: AnswerLengthFace = { read, limit };

/**
 * What is thought counts towards the answer: https://ai.google.dev/gemini-api/docs/thinking#pricing. Where a field is
 * written in both ways that there are, the one that allows more is taken to count.
 */
function read(body: JsonObject): OutputLimit {
  const configs = bothOf(body, CONFIG).filter(isJsonObject);
  const limits = configs.map((config) => mostOf(config, [MAX_TOKENS, snakeOf(MAX_TOKENS)]));
  const said = limits.filter((limited) => limited !== undefined);
  const thinking = configs.flatMap((config) => bothOf(config, 'thinkingConfig')).filter(isJsonObject);
  return {
    maxTokens: said.length === 0 || said.length < limits.length ? undefined : Math.max(...said),
    choices: most(configs, 'candidateCount') ?? 1,
    reasoningTokens: most(thinking, 'thinkingBudget') ?? 0,
  };
}

function most(objects: readonly JsonObject[], name: string): number | undefined {
  const counts = objects.flatMap((object) => mostOf(object, [name, snakeOf(name)]) ?? []);
  return counts.length === 0 ? undefined : Math.max(...counts);
}

/** The limit stands one level down, in whichever way the caller writes its names. */
function limit(request: ReadRequest, maxTokens: number): readonly Splice[] {
  const { raw, spans, body } = request;
  const names = [CONFIG, snakeOf(CONFIG)].filter((name) => isJsonObject(body[name]));
  if (names.length > 0) return names.flatMap((name) => limitWithin(request, name, maxTokens));
  const text = `{"${MAX_TOKENS}":${maxTokens}}`;
  const empty = spans.get(CONFIG);
  return empty === undefined ? [insertion(raw, `"${CONFIG}":${text},`)] : [{ ...empty, text }];
}

function limitWithin({ raw, spans, body }: ReadRequest, name: string, maxTokens: number): readonly Splice[] {
  const span = spans.get(name);
  if (span === undefined) return [];
  const found = [MAX_TOKENS, snakeOf(MAX_TOKENS)].flatMap((each) => within(raw, span, each) ?? []);
  if (found.length > 0) return found.map((place) => ({ ...place, text: String(maxTokens) }));
  const config = body[name];
  const isEmpty = !isJsonObject(config) || Object.keys(config).length === 0;
  const start = span.start + 1;
  return [{ start, end: start, text: `"${MAX_TOKENS}":${maxTokens}${isEmpty ? '' : ','}` }];
}

function within(raw: Buffer, { start, end }: Span, name: string): Span | undefined {
  const found = topLevelSpans(raw.toString('latin1', start, end), LIMITS_OFF).get(name);
  return found === undefined ? undefined : { start: start + found.start, end: start + found.end };
}
