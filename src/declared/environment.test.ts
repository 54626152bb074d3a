import { describe, expect, it } from 'vitest';
import { connectionsFromEnvironment, type ProviderVariables, replaceHost } from './environment.ts';

const provider = (
  id: string,
  env: ProviderVariables['env'],
  rest: Partial<ProviderVariables> = {},
): ProviderVariables => {
  return { id, baseUrl: `https://api.${id}.example/v1`, needsNoSecret: false, local: false, env, ...rest };
};

const providers: readonly ProviderVariables[] = [
  provider('openai', { secret: ['OPENAI_API_KEY'], baseUrl: ['OPENAI_BASE_URL'] }),
  provider('doubao', { secret: ['ARK_API_KEY', 'DOUBAO_API_KEY'] }),
  provider('amazon-bedrock', {
    secretParts: [
      { name: 'AWS_ACCESS_KEY_ID' },
      { name: 'AWS_SECRET_ACCESS_KEY' },
      { name: 'AWS_SESSION_TOKEN', optional: true },
    ],
    params: { region: ['AWS_REGION', 'AWS_DEFAULT_REGION'] },
  }),
  provider(
    'ollama',
    { secret: ['OLLAMA_API_KEY'], host: ['OLLAMA_HOST'] },
    { baseUrl: 'http://127.0.0.1:11434/v1', needsNoSecret: true, local: true },
  ),
];

function connect(environment: Record<string, string>, given: { referenced?: string[]; declared?: string[] } = {}) {
  return connectionsFromEnvironment({
    providers,
    environment,
    referenced: new Set(given.referenced),
    declared: (given.declared ?? []).map((name) => ({ name })),
  });
}

const shown = (environment: Record<string, string>, given?: Parameters<typeof connect>[1]) =>
  connect(environment, given).connections.map(({ name, baseUrl, params, credentials }) => ({
    name,
    baseUrl,
    params,
    secrets: credentials.map(({ secret }) => secret.reveal()),
  }));

describe('well-known variables', () => {
  it('connect nothing while none is set', () => {
    expect(connect({ PATH: '/bin', OPENAI_API_KEY: ' ' })).toEqual({ connections: [], problems: [] });
  });

  it.each([
    ['a key', { OPENAI_API_KEY: 'k1' }, { name: 'openai', baseUrl: undefined, params: {}, secrets: ['k1'] }],
    [
      'a key with its address',
      { OPENAI_API_KEY: 'k1', OPENAI_BASE_URL: 'https://proxy.example/v1/' },
      { name: 'openai', baseUrl: 'https://proxy.example/v1', params: {}, secrets: ['k1'] },
    ],
    [
      'the first of two names',
      { DOUBAO_API_KEY: 'b', ARK_API_KEY: 'a' },
      { name: 'doubao', baseUrl: undefined, params: {}, secrets: ['a'] },
    ],
    ['the second alone', { DOUBAO_API_KEY: 'b' }, { name: 'doubao', baseUrl: undefined, params: {}, secrets: ['b'] }],
    [
      'a key in parts, with a region',
      { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'key', AWS_DEFAULT_REGION: 'eu-west-1' },
      { name: 'amazon-bedrock', baseUrl: undefined, params: { region: 'eu-west-1' }, secrets: ['id:key'] },
    ],
    [
      'a key in parts with the optional one',
      { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'key', AWS_SESSION_TOKEN: 'tok' },
      { name: 'amazon-bedrock', baseUrl: undefined, params: {}, secrets: ['id:key:tok'] },
    ],
    [
      'an address alone where no key is needed',
      { OLLAMA_HOST: 'gpu.lan' },
      { name: 'ollama', baseUrl: 'http://gpu.lan:11434/v1', params: {}, secrets: [] },
    ],
  ])('connect by %s', (_, environment, expected) => {
    expect(shown(environment)).toEqual([expected]);
  });

  it.each([
    ['half of a key in parts', { AWS_ACCESS_KEY_ID: 'id' }, {}],
    ['a local server’s key without its address', { OLLAMA_API_KEY: 'k' }, {}],
    ['a variable that hub.yaml refers to', { OPENAI_API_KEY: 'k' }, { referenced: ['OPENAI_API_KEY'] }],
    ['a provider whose name hub.yaml declares', { OPENAI_API_KEY: 'k' }, { declared: ['openai'] }],
  ])('do not connect by %s', (_, environment, given) => {
    expect(connect(environment, given)).toEqual({ connections: [], problems: [] });
  });

  it('that hold no address are named, without their value', () => {
    const { connections, problems } = connect({ OLLAMA_HOST: 'not an address' });
    expect(connections).toEqual([]);
    expect(problems).toEqual(['OLLAMA_HOST is not an address; ollama is not connected.']);
  });

  it('keep their secret out of whatever prints the connection', () => {
    expect(JSON.stringify(connect({ OPENAI_API_KEY: 'canary' }))).not.toContain('canary');
  });
});

describe('an address in the place of a base URL’s own', () => {
  const base = 'http://127.0.0.1:11434/v1';
  it.each([
    ['gpu.lan', 'http://gpu.lan:11434/v1'],
    ['gpu.lan:8000', 'http://gpu.lan:8000/v1'],
    [':8000', 'http://127.0.0.1:8000/v1'],
    ['0.0.0.0', 'http://127.0.0.1:11434/v1'],
    ['0.0.0.0:11500', 'http://127.0.0.1:11500/v1'],
    ['[::1]:11500', 'http://[::1]:11500/v1'],
    ['[::]', 'http://[::1]:11434/v1'],
    ['http://gpu.lan', 'http://gpu.lan/v1'],
    ['https://gpu.lan:8443/', 'https://gpu.lan:8443/v1'],
    ['https://gw.example/ollama', 'https://gw.example/ollama/v1'],
    ['user:pass@gpu.lan', undefined],
    ['a b', undefined],
  ])('%s', (host, expected) => {
    expect(replaceHost(base, host)).toBe(expected);
  });

  it('may replace one that holds a parameter', () => {
    const azure = 'https://{resource}.openai.azure.com/openai/v1';
    expect(replaceHost(azure, 'https://mine.openai.azure.com/')).toBe('https://mine.openai.azure.com/openai/v1');
  });
});
