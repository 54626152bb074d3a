import { describe, expect, it } from 'vitest';
import { encodeGeminiModel, encodeGeminiModels, type GeminiModel } from './encode-models.ts';

const MODELS: readonly GeminiModel[] = ['a', 'openai/b', 'c'].map((id) => ({
  id,
  displayName: undefined,
  description: undefined,
  inputTokenLimit: undefined,
  outputTokenLimit: 8,
  operations: id === 'c' ? ['embeddings'] : ['chat'],
}));

function pageOf(pageSize: string | undefined, pageToken?: unknown) {
  const { models, nextPageToken } = encodeGeminiModels(MODELS, {
    pageSize,
    pageToken: typeof pageToken === 'string' ? pageToken : undefined,
  });
  const names = Array.isArray(models) ? models.map((model) => (model as { readonly name: string }).name) : [];
  return { names, nextPageToken };
}

describe('the list of models in Gemini’s shape', () => {
  it('goes on from page to page until its end', () => {
    const first = pageOf('2');
    expect(first.names).toEqual(['models/a', 'models/openai/b']);
    expect(pageOf('2', first.nextPageToken)).toEqual({ names: ['models/c'], nextPageToken: undefined });
    expect(pageOf(undefined)).toEqual({ names: ['models/a', 'models/openai/b', 'models/c'], nextPageToken: undefined });
    expect(pageOf('5000').names).toHaveLength(3);
  });

  it.each([
    ['-1', undefined, 'pageSize'],
    ['two', undefined, 'pageSize'],
    ['2', 'bm9uZQ', 'pageToken'],
  ])('refuses the size %s with the token %s', (pageSize, pageToken, param) => {
    expect(() => pageOf(pageSize, pageToken)).toThrow(expect.objectContaining({ code: 'request.invalid', param }));
  });

  it('says what a model can do in the words of the API', () => {
    expect(MODELS.map(encodeGeminiModel).map(({ supportedGenerationMethods }) => supportedGenerationMethods)).toEqual([
      ['generateContent', 'streamGenerateContent', 'countTokens'],
      ['generateContent', 'streamGenerateContent', 'countTokens'],
      ['embedContent', 'batchEmbedContents'],
    ]);
  });
});
