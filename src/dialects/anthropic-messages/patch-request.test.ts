import { expect, it } from 'vitest';
import { isJsonObject, parseJson } from '../../kernel/json.ts';
import { topLevelSpans } from '../../kernel/json-spans.ts';
import { NO_QUIRKS } from '../../protocol/deployment.ts';
import type { ReadRequest, Target } from '../contract.ts';
import { patchRequest } from './patch-request.ts';
import { readHead } from './read-head.ts';

const LIMITS = { depthMax: 64, keysPerObjectMax: 100 };
const TARGET: Target = {
  upstreamModel: 'claude-sonnet-4-5',
  path: '/v1/messages',
  quirks: NO_QUIRKS,
  facts: {
    displayName: undefined,
    contextTokens: undefined,
    maxOutputTokens: undefined,
    inputModalities: undefined,
    outputModalities: undefined,
    embeddingDimensions: undefined,
    createdAt: undefined,
  },
  newId: (prefix) => prefix,
};

function read(text: string): ReadRequest {
  const body = parseJson(text);
  if (!isJsonObject(body)) throw new Error('not an object');
  return { ...readHead(body, 'chat'), raw: Buffer.from(text), body, spans: topLevelSpans(text, LIMITS) };
}

it('puts the provider’s name of the model in its place, and leaves every other byte', () => {
  const before =
    '{ "max_tokens" : 8, "big":90071992547409931234, "x": 1.0,\n "model":"anthropic/sonnet" , "messages":[] }';
  const { call, losses } = patchRequest(read(before), TARGET);
  expect(call.body.toString()).toBe(before.replace('"anthropic/sonnet"', '"claude-sonnet-4-5"'));
  expect(call.path).toBe('/v1/messages');
  expect(losses).toEqual([]);
});

it('hands on the same bytes where the names are one', () => {
  const request = read('{"model":"claude-sonnet-4-5","max_tokens":8,"stream":true,"messages":[]}');
  expect(patchRequest(request, TARGET).call.body).toBe(request.raw);
});
