import { describe, expect, test } from 'vitest';
import { createCatalogue, loadBuiltInEntries } from './catalogue.ts';
import { connectionFromEnvironment } from './environment.ts';
import { cleanSecret, maskSecret, SECRET_CHARACTERS_MAX } from './secrets.ts';

const catalogue = createCatalogue(loadBuiltInEntries());

const read = (id: string, variables: Record<string, string>) => {
  const entry = catalogue.find(id);
  if (entry === undefined) throw new Error(`no entry ${id}`);
  return connectionFromEnvironment(entry, variables);
};

describe('well-known variables', () => {
  test.each<[string, Record<string, string>, string, string | undefined]>([
    ['openai', { OPENAI_API_KEY: ' sk-a ' }, 'https://api.openai.com/v1', 'sk-a'],
    ['openai', { OPENAI_API_KEY: 'k', OPENAI_BASE_URL: 'https://proxy.test/v1/' }, 'https://proxy.test/v1', 'k'],
    ['doubao', { DOUBAO_API_KEY: 'k' }, 'https://ark.cn-beijing.volces.com/api/v3', 'k'],
    ['doubao', { ARK_API_KEY: 'a', DOUBAO_API_KEY: 'd' }, 'https://ark.cn-beijing.volces.com/api/v3', 'a'],
    [
      'amazon-bedrock',
      { AWS_ACCESS_KEY_ID: 'AK', AWS_SECRET_ACCESS_KEY: 'SK', AWS_REGION: 'eu-west-1' },
      'https://bedrock-runtime.eu-west-1.amazonaws.com',
      'AK:SK',
    ],
    [
      'amazon-bedrock',
      { AWS_ACCESS_KEY_ID: 'AK', AWS_SECRET_ACCESS_KEY: 'SK', AWS_SESSION_TOKEN: 'ST' },
      'https://bedrock-runtime.us-east-1.amazonaws.com',
      'AK:SK:ST',
    ],
    [
      'azure-openai',
      { AZURE_OPENAI_API_KEY: 'k', AZURE_OPENAI_ENDPOINT: 'https://mine.openai.azure.com/' },
      'https://mine.openai.azure.com/openai/v1',
      'k',
    ],
    ['ollama', { OLLAMA_HOST: '0.0.0.0' }, 'http://127.0.0.1:11434/v1', undefined],
    ['ollama', { OLLAMA_HOST: '127.0.0.1:9999' }, 'http://127.0.0.1:9999/v1', undefined],
    ['ollama', { OLLAMA_HOST: 'http://192.168.1.9:11434' }, 'http://192.168.1.9:11434/v1', undefined],
    ['ollama', { OLLAMA_HOST: '::1' }, 'http://[::1]:11434/v1', undefined],
    ['ollama', { OLLAMA_HOST: 'https://models.test' }, 'https://models.test/v1', undefined],
  ])('%s %j → %s', (id, variables, baseUrl, secret) => {
    expect(read(id, variables)).toMatchObject({ providerId: id, baseUrl, secret });
  });

  test.each<[string, Record<string, string>]>([
    ['openai', {}],
    ['openai', { OPENAI_API_KEY: '  ' }],
    ['openai', { OPENAI_BASE_URL: 'https://proxy.test/v1' }],
    ['amazon-bedrock', { AWS_ACCESS_KEY_ID: 'AK' }],
    ['amazon-bedrock', { AWS_REGION: 'eu-west-1' }],
    ['ollama', {}],
  ])('%s %j connects nothing', (id, variables) => {
    expect(read(id, variables)).toBeUndefined();
  });

  test('an address that cannot be used is refused by name of the field', () => {
    expect(() => read('ollama', { OLLAMA_HOST: 'http://models.example.com:11434' })).toThrow('must be https');
    expect(() =>
      read('amazon-bedrock', { AWS_ACCESS_KEY_ID: 'A', AWS_SECRET_ACCESS_KEY: 'S', AWS_REGION: 'x/y' }),
    ).toThrow('`region`');
  });
});

describe('secrets', () => {
  test.each([
    ['short', '…'],
    ['twelve-chars', 'twel…'],
    ['sk-proj-0123456789abcdef', 'sk-p…cdef'],
  ])('%s is shown as %s', (secret, shown) => {
    expect(maskSecret(secret)).toBe(shown);
  });

  test.each([
    ['nothing', '   '],
    ['a line break inside', 'sk-a\nb'],
    ['a letter that no header carries', 'sk-ä'],
    ['too much', 'x'.repeat(SECRET_CHARACTERS_MAX + 1)],
  ])('%s is refused', (_, entered) => {
    expect(() => cleanSecret(entered)).toThrow(expect.objectContaining({ code: 'request.invalid' }));
  });
});
