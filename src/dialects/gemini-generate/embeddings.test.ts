import { expect, test } from 'vitest';
import { NO_QUIRKS } from '../../protocol/deployment.ts';
import type { EmbeddingsRequest } from '../../protocol/embeddings.ts';
import { embeddings } from './embeddings.ts';

const TARGET = {
  upstreamModel: 'gemini-embedding-001',
  path: '/v1beta/models',
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
  newId: (prefix: string) => `${prefix}_1`,
};
const ASKED: EmbeddingsRequest = {
  inputs: ['text', [1, 2, 3]],
  dimensions: undefined,
  encodingFormat: 'float',
  endUser: undefined,
  extra: {},
};

test('token numbers are refused before the provider is called', () => {
  expect(() => embeddings.encodeRequest(ASKED, TARGET)).toThrow(
    expect.objectContaining({ code: 'request.not_expressible', param: 'input' }),
  );
});

test.each([
  ['no JSON', '<html>', 'upstream.invalid_answer'],
  ['no list', '{"embeddings":{}}', 'upstream.invalid_answer'],
  ['a vector that is none', '{"embeddings":[{"values":[1,"2"]}]}', 'upstream.invalid_answer'],
  ['a vector that is missing', '{"embeddings":[null]}', 'upstream.invalid_answer'],
  ['an error', '{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","message":"slow"}}', 'upstream.rate_limited'],
])('%s is no answer', (_, text, code) => {
  expect(() => embeddings.decodeResponse(Buffer.from(text))).toThrow(expect.objectContaining({ code }));
});
