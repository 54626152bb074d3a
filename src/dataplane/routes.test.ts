import { describe, expect, it } from 'vitest';
import { callerAt, modelPath, routeOf } from './routes.ts';

describe('an address that names the model', () => {
  it.each([
    ['/v1beta/models/gemini-2.5-flash:generateContent', 'gemini-2.5-flash', 'generateContent', 'chat'],
    ['/gemini/v1beta/models/openai/gpt-5:streamGenerateContent', 'openai/gpt-5', 'streamGenerateContent', 'chat'],
    ['/v1/models/ollama/llama3:8b:countTokens', 'ollama/llama3:8b', 'countTokens', 'count-tokens'],
    ['/v1alpha/models/openai%2Ftext:embedContent', 'openai/text', 'embedContent', 'embeddings'],
    ['/v1beta/tunedModels/tide:batchEmbedContents', 'tunedModels/tide', 'batchEmbedContents', 'embeddings'],
    ['/v1beta/models/%zz:generateContent', '%zz', 'generateContent', 'chat'],
  ])('%s', (path, model, method, operation) => {
    const route = routeOf(path);
    expect(route).toMatchObject({ operation, named: { model, method } });
    expect(route?.caller.dialect).toBe('gemini-generate');
  });

  it.each([
    '/v1beta/models/m:predict',
    '/v1beta/models/:generateContent',
    '/v1beta/files/m:generateContent',
    '/v2/models/m:generateContent',
    '/anthropic/v1beta/models/m:generateContent',
  ])('%s is none', (path) => {
    expect(routeOf(path)).toBeUndefined();
  });
});

describe('the list of models', () => {
  it('stands at Gemini’s addresses, too', () => {
    expect(modelPath('/v1beta/models')).toBe('');
    expect(modelPath('/gemini/v1/models/openai/gpt-5')).toBe('openai/gpt-5');
  });

  it('is read in Gemini’s format where the key is brought as its clients do', () => {
    const goog = { 'x-goog-api-key': 'sk-hub-a' };
    expect(callerAt('/v1/models', goog)?.dialect).toBe('gemini-generate');
    expect(callerAt('/v1/models', {})?.dialect).toBe('openai-chat');
    expect(callerAt('/v1/chat/completions', goog)?.dialect).toBe('openai-chat');
  });
});
