import { describe, expect, it } from 'vitest';
import { NO_QUIRKS } from '../../protocol/deployment.ts';
import type { Operation } from '../../protocol/operation.ts';
import { type EncodedCall, type Target } from '../contract.ts';
import { readJsonBody } from '../json-request.ts';
import { patchRequest } from './patch-request.ts';
import { readHead } from './read-head.ts';

const LIMITS = { depthMax: 64, keysPerObjectMax: 100 };
const TARGET: Target = {
  upstreamModel: 'gemini-2.5-flash',
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
  newId: (prefix) => prefix,
};

function headOf(text: string, method: string, operation: Operation) {
  return readHead(readJsonBody(Buffer.from(text), LIMITS).body, operation, undefined, {
    model: 'google/flash',
    method,
  });
}

function patched(text: string, method = 'generateContent', operation: Operation = 'chat'): EncodedCall['call'] {
  const raw = Buffer.from(text);
  return patchRequest({ ...headOf(text, method, operation), raw, ...readJsonBody(raw, LIMITS) }, TARGET).call;
}

describe('a request that passes through', () => {
  it.each([
    ['generateContent', 'chat', '/v1beta/models/gemini-2.5-flash:generateContent'],
    ['streamGenerateContent', 'chat', '/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse'],
    ['countTokens', 'count-tokens', '/v1beta/models/gemini-2.5-flash:countTokens'],
    ['embedContent', 'embeddings', '/v1beta/models/gemini-2.5-flash:embedContent'],
  ] as const)('asks its provider for %s', (method, operation, path) => {
    const body = '{ "contents": [{"parts":[{"text":"model"}]}], "x": 1.0 }';
    const call = patched(body, method, operation);
    expect(call.path).toBe(path);
    expect(call.body.toString()).toBe(body);
  });

  it('has the provider’s name wherever it names the model, and nowhere else', () => {
    const several =
      '{"requests":[{"model":"models/google/flash","content":{"parts":[{"text":"\\"model\\":\\"é\\""}]}},{"\\u006dodel":"flash"}],"n":1.0}';
    expect(patched(several, 'batchEmbedContents', 'embeddings').body.toString()).toBe(
      several.replace('"models/google/flash"', '"models/gemini-2.5-flash"').replace('"flash"', '"gemini-2.5-flash"'),
    );
    const counted = '{"generateContentRequest":{"model":"models/google/flash","contents":[{"parts":[{"text":"é"}]}]}}';
    expect(patched(counted, 'countTokens', 'count-tokens').body.toString()).toBe(
      counted.replace('google/flash', 'gemini-2.5-flash'),
    );
    const said = '{"contents":[{"parts":[{"functionCall":{"name":"f","args":{"model":"models/google/flash"}}}]}]}';
    expect(patched(said).body.toString()).toBe(said);
  });
});

describe('what its provider keeps', () => {
  it('is named with its field, in either way of writing it', () => {
    const body = JSON.stringify({
      cached_content: 'cachedContents/a',
      system_instruction: { parts: { file_data: { file_uri: 'gs://tide/b' } } },
      contents: [
        {
          parts: [
            { fileData: { fileUri: 'https://generativelanguage.googleapis.com/v1beta/files/c' } },
            { fileData: { fileUri: 'https://example.com/d.pdf' } },
            { functionResponse: { name: 'f', response: {}, parts: [{ fileData: { fileUri: 'files/e' } }] } },
          ],
        },
      ],
      tools: [{ fileSearch: { fileSearchStoreNames: ['fileSearchStores/f'] } }],
    });
    expect(headOf(body, 'generateContent', 'chat').references).toEqual([
      { id: 'cachedContents/a', field: 'cachedContent' },
      { id: 'gs://tide/b', field: 'systemInstruction.parts[0].fileData.fileUri' },
      {
        id: 'https://generativelanguage.googleapis.com/v1beta/files/c',
        field: 'contents[0].parts[0].fileData.fileUri',
      },
      { id: 'files/e', field: 'contents[0].parts[2].functionResponse.parts[0].fileData.fileUri' },
      { id: 'fileSearchStores/f', field: 'tools[0].fileSearch.fileSearchStoreNames' },
    ]);
  });

  it.each([
    ['{"cachedContent":"","cached_content":"cachedContents/a"}', 'generateContent', 'chat'],
    [
      '{"contents":[{"parts":[{"fileData":{},"file_data":{"fileUri":"","file_uri":"GS://a"}}]}]}',
      'generateContent',
      'chat',
    ],
    ['{"contents":[],"generate_content_request":{"contents":[],"cachedContent":"a"}}', 'countTokens', 'count-tokens'],
    ['{"content":{"parts":{"fileData":{"fileUri":"files/a"}}}}', 'embedContent', 'embeddings'],
    ['{"requests":[{"content":{"parts":[{"fileData":{"fileUri":"files/a"}}]}}]}', 'batchEmbedContents', 'embeddings'],
  ] as const)('is found wherever it stands: %s', (body, method, operation) => {
    expect(headOf(body, method, operation).references).toHaveLength(1);
  });
});
