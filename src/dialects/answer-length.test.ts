import { describe, expect, test } from 'vitest';
import { NO_QUIRKS } from '../protocol/deployment.ts';
import type { Target } from './contract.ts';
import { DIALECTS } from './index.ts';
import { readJsonBody } from './json-request.ts';
import { spliceBytes } from './patch-json.ts';

const LIMITS = { depthMax: 64, keysPerObjectMax: 100 };
const FACTS = {
  displayName: undefined,
  contextTokens: undefined,
  maxOutputTokens: undefined,
  inputModalities: undefined,
  outputModalities: undefined,
  embeddingDimensions: undefined,
  createdAt: undefined,
};
const TARGET: Target = { upstreamModel: 'm', path: '/', quirks: NO_QUIRKS, facts: FACTS, newId: (prefix) => prefix };

function read(dialect: string, text: string) {
  const raw = Buffer.from(text);
  const known = DIALECTS.get(dialect);
  const face = known?.passThrough?.answerLength;
  const json = readJsonBody(raw, LIMITS);
  const head = known?.inbound?.readHead(json.body, 'chat', undefined);
  if (face === undefined || head === undefined) throw new Error(`${dialect} has no length of answers`);
  return { face, request: { ...head, ...json, raw } };
}

describe('how long answers may be', () => {
  test.each<
    readonly [dialect: string, body: string, maxTokens: number | undefined, choices: number, reasoning: number]
  >([
    ['openai-chat', '{"model":"m","messages":[]}', undefined, 1, 0],
    ['openai-chat', '{"model":"m","messages":[],"max_tokens":8,"max_completion_tokens":9,"n":3}', 9, 3, 0],
    ['openai-chat', '{"model":"m","prompt":"","n":2,"best_of":5}', undefined, 5, 0],
    ['openai-chat', '{"model":"m","messages":[],"max_tokens":1000000000000000000}', 1e18, 1, 0],
    ['openai-responses', '{"model":"m","input":"","max_output_tokens":7}', 7, 1, 0],
    [
      'anthropic-messages',
      '{"model":"m","messages":[],"max_tokens":8,"thinking":{"type":"enabled","budget_tokens":5}}',
      8,
      1,
      5,
    ],
    ['gemini-generate', '{"model":"m","contents":[]}', undefined, 1, 0],
    [
      'gemini-generate',
      '{"model":"m","generation_config":{"max_output_tokens":9,"candidateCount":3,"thinkingConfig":{"thinking_budget":5}}}',
      9,
      3,
      5,
    ],
    [
      'gemini-generate',
      '{"model":"m","generationConfig":{"maxOutputTokens":9,"max_output_tokens":8},"generation_config":{"maxOutputTokens":7}}',
      9,
      1,
      0,
    ],
    [
      'gemini-generate',
      '{"model":"m","generationConfig":{"maxOutputTokens":9},"generation_config":{}}',
      undefined,
      1,
      0,
    ],
  ])('%s %s', (dialect, body, maxTokens, choices, reasoningTokens) => {
    const { face, request } = read(dialect, body);
    expect(face.read(request.body)).toEqual({ maxTokens, choices, reasoningTokens });
  });

  test.each(['-1', '0', '1.5', '"8"', 'null', 'true', '1e400', '[8]'])(
    '%s limits nothing and asks for one',
    (value) => {
      const body = `{"model":"m","messages":[],"max_tokens":${value},"max_completion_tokens":${value},"n":${value}}`;
      const { face, request } = read('openai-chat', body);
      expect(face.read(request.body)).toEqual({ maxTokens: undefined, choices: 1, reasoningTokens: 0 });
    },
  );
});

describe('a limit is written', () => {
  test.each<readonly [dialect: string, before: string, after: string]>([
    ['openai-chat', '{ "model":"m", "messages":[]}', '{"max_completion_tokens":64, "model":"m", "messages":[]}'],
    ['openai-chat', '{"model":"m","prompt":"Hi"}', '{"max_tokens":64,"model":"m","prompt":"Hi"}'],
    ['openai-chat', '{"model":"m","messages":[],"max_tokens" : 800}', '{"model":"m","messages":[],"max_tokens" : 64}'],
    [
      'openai-chat',
      '{"max_tokens":1e3,"model":"m","messages":[],"max_completion_tokens":9000}',
      '{"max_tokens":64,"model":"m","messages":[],"max_completion_tokens":64}',
    ],
    ['openai-responses', '{"model":"m","input":""}', '{"max_output_tokens":64,"model":"m","input":""}'],
    [
      'anthropic-messages',
      '{"model":"m","max_tokens":900,"messages":[]}',
      '{"model":"m","max_tokens":64,"messages":[]}',
    ],
    [
      'gemini-generate',
      '{"model":"m", "contents":[]}',
      '{"generationConfig":{"maxOutputTokens":64},"model":"m", "contents":[]}',
    ],
    [
      'gemini-generate',
      '{"model":"m","generationConfig": { "temperature":1.0, "maxOutputTokens" : 900 }}',
      '{"model":"m","generationConfig": { "temperature":1.0, "maxOutputTokens" : 64 }}',
    ],
    [
      'gemini-generate',
      '{"model":"m","generation_config":{"max_output_tokens":900}}',
      '{"model":"m","generation_config":{"max_output_tokens":64}}',
    ],
    [
      'gemini-generate',
      '{"model":"m","generationConfig":{ "topK":1}}',
      '{"model":"m","generationConfig":{"maxOutputTokens":64, "topK":1}}',
    ],
    [
      'gemini-generate',
      '{"model":"m","generationConfig":{}}',
      '{"model":"m","generationConfig":{"maxOutputTokens":64}}',
    ],
    [
      'gemini-generate',
      '{"model":"m","generationConfig":null}',
      '{"model":"m","generationConfig":{"maxOutputTokens":64}}',
    ],
    [
      'gemini-generate',
      '{"model":"m","generationConfig":{"maxOutputTokens":9,"max_output_tokens":8},"generation_config":{"topK":1}}',
      '{"model":"m","generationConfig":{"maxOutputTokens":64,"max_output_tokens":64},"generation_config":{"maxOutputTokens":64,"topK":1}}',
    ],
  ])('%s %s', (dialect, before, after) => {
    const { face, request } = read(dialect, before);
    expect(spliceBytes(request.raw, face.limit(request, 64, TARGET)).toString()).toBe(after);
  });

  test('under the name that the provider knows', () => {
    const { face, request } = read('openai-chat', '{"model":"m","messages":[]}');
    const target: Target = { ...TARGET, quirks: { ...NO_QUIRKS, maxTokensField: 'max_tokens' } };
    expect(spliceBytes(request.raw, face.limit(request, 64, target)).toString()).toContain('"max_tokens":64');
  });
});
