import { isJsonObject, type JsonObject, type JsonValue } from '../../kernel/json.ts';
import { type Span, topLevelSpans } from '../../kernel/json-spans.ts';
import { countOrNone } from '../answer-length.ts';
import type { AnswerLengthFace, OutputLimit, ReadRequest } from '../contract.ts';
import { insertion, type Splice } from '../patch-json.ts';
import { eitherOf, snakeOf } from './wire-keys.ts';

const CONFIG = 'generationConfig';
const MAX_TOKENS = 'maxOutputTokens';
/** Of a body that was within them before. */
const LIMITS_OFF = { depthMax: Number.MAX_SAFE_INTEGER, keysPerObjectMax: Number.MAX_SAFE_INTEGER };

export const answerLength: AnswerLengthFace = { read, limit };

/** What is thought counts towards the answer: https://ai.google.dev/gemini-api/docs/thinking#pricing */
function read(body: JsonObject): OutputLimit {
  const config = objectOf(eitherOf(body, CONFIG));
  const thinking = objectOf(eitherOf(config, 'thinkingConfig'));
  return {
    maxTokens: countOrNone(eitherOf(config, MAX_TOKENS)),
    choices: countOrNone(eitherOf(config, 'candidateCount')) ?? 1,
    reasoningTokens: countOrNone(eitherOf(thinking, 'thinkingBudget')) ?? 0,
  };
}

/** The limit stands one level down, in whichever way the caller writes its names. */
function limit({ raw, spans, body }: ReadRequest, maxTokens: number): readonly Splice[] {
  const name = [CONFIG, snakeOf(CONFIG)].find((each) => isJsonObject(body[each]));
  const span = name === undefined ? undefined : spans.get(name);
  if (span === undefined) {
    const empty = spans.get(CONFIG);
    const text = `{"${MAX_TOKENS}":${maxTokens}}`;
    return empty === undefined ? [insertion(raw, `"${CONFIG}":${text},`)] : [{ ...empty, text }];
  }
  const found = within(raw, span, MAX_TOKENS) ?? within(raw, span, snakeOf(MAX_TOKENS));
  if (found !== undefined) return [{ ...found, text: String(maxTokens) }];
  const { start } = span;
  const isEmpty = Object.keys(objectOf(body[name ?? CONFIG])).length === 0;
  return [{ start: start + 1, end: start + 1, text: `"${MAX_TOKENS}":${maxTokens}${isEmpty ? '' : ','}` }];
}

function within(raw: Buffer, { start, end }: Span, name: string): Span | undefined {
  const found = topLevelSpans(raw.toString('latin1', start, end), LIMITS_OFF).get(name);
  return found === undefined ? undefined : { start: start + found.start, end: start + found.end };
}

function objectOf(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}
