import { describe, expect, test } from 'vitest';
import { DIALECTS } from '../dialects/index.ts';
import { GatewayError } from '../kernel/errors.ts';
import {
  catalogueDifference,
  createCatalogue,
  loadBuiltInEntries,
  overlayCatalogue,
  parseCatalogueDocument,
} from './catalogue.ts';
import { createCatalogueService } from './catalogue-service.ts';
import { fillBaseUrl, type ProviderEntry, providerEntrySchema } from './schema.ts';
import { manualClock, memoryCatalogueStore } from './test-support.ts';
import { loadVendors } from './vendors.ts';

/** Dialects of pictures, sound and video, which are no chats. */
const MEDIA_DIALECTS: readonly string[] = ['openai-media', 'gemini-media', 'ark-media'];

const builtIn = loadBuiltInEntries();
const catalogue = createCatalogue(builtIn);

/** The smallest entry that passes. */
const SMALL = {
  id: 'example',
  name: 'Example',
  docs: 'https://docs.example.com',
  baseUrl: 'https://api.example.com/v1',
  auth: { scheme: 'bearer' },
  speaks: [{ operation: 'chat', dialect: 'openai-chat', path: '/chat/completions' }],
  models: { from: 'list', path: '/models', shape: 'openai' },
} satisfies ProviderEntry;

describe('the built-in catalogue', () => {
  test('knows the ten providers of the mission and more than fifteen that speak the OpenAI format', () => {
    const ids = builtIn.map((entry) => entry.id);
    const ten = 'openai anthropic amazon-bedrock google deepseek ollama openrouter xai doubao poe'.split(' ');
    expect(ids).toEqual(expect.arrayContaining(ten));
    const others = builtIn.filter(
      (entry) => !ten.includes(entry.id) && entry.speaks.some((spoken) => spoken.dialect === 'openai-chat'),
    );
    expect(others.length).toBeGreaterThan(15);
  });

  test.each(builtIn.map((entry) => [entry.id, entry] as const))('%s names its documentation', (_, entry) => {
    expect(entry.docs).toMatch(/^https:\/\//);
  });

  test('no id or alias is claimed twice', () => {
    const names = builtIn.flatMap((entry) => [entry.id, ...(entry.aliases ?? [])]);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  test('every vendor that an entry names is in the table of vendors', () => {
    const vendors = new Set(loadVendors().map((vendor) => vendor.id));
    const named = builtIn.flatMap((entry) => (entry.vendor === undefined ? [] : [entry.vendor]));
    expect(named.filter((vendor) => !vendors.has(vendor))).toEqual([]);
  });

  test.each(builtIn.map((entry) => [entry.id, entry] as const))('the hub speaks every dialect of %s', (_, entry) => {
    const chats = entry.speaks.filter(({ operation }) => operation === 'chat').map(({ dialect }) => dialect);
    expect(chats.filter((dialect) => DIALECTS.get(dialect)?.outbound === undefined)).toEqual([]);
    const named = entry.speaks.map(({ dialect }) => dialect);
    expect(named.filter((dialect) => !DIALECTS.has(dialect) && !MEDIA_DIALECTS.includes(dialect))).toEqual([]);
  });

  test('loads an entry of which this build speaks no dialect', () => {
    const entry = catalogue.find('amazon-bedrock');
    expect(entry?.speaks.map((spoken) => spoken.dialect)).toEqual(['bedrock-converse']);
  });

  test('local servers are on this machine and cost nothing', () => {
    const local = builtIn.filter((entry) => entry.local === true);
    expect(local.map((entry) => entry.id)).toEqual(['llama-cpp', 'lm-studio', 'ollama', 'simulated', 'vllm']);
    for (const entry of local) {
      expect(entry.pricing).toBe('local');
      expect(entry.baseUrl).toMatch(/^http:\/\/127\.0\.0\.1:/);
    }
  });

  test('no model is named twice by one entry', () => {
    for (const { id, models } of builtIn) {
      const ids = models.from === 'catalogue' ? models.models.map((model) => model.id) : [];
      expect(new Set(ids).size, id).toBe(ids.length);
    }
  });

  test.each([
    ['dashscope-intl', 'https://dashscope-intl.aliyuncs.com/compatible-mode/v1'],
    ['cn-hongkong.dashscope', 'https://cn-hongkong.dashscope.aliyuncs.com/compatible-mode/v1'],
    ['my-space.ap-southeast-1.maas', 'https://my-space.ap-southeast-1.maas.aliyuncs.com/compatible-mode/v1'],
    ['elsewhere.example.com/', undefined],
    ['someone@elsewhere', undefined],
    ['dashscope..intl', undefined],
  ])('Alibaba is reached at shared addresses and at those of a workspace: %s', (host, baseUrl) => {
    const entry = catalogue.find('dashscope');
    if (entry === undefined) throw new Error('the catalogue lacks what this test needs');
    expect(fillBaseUrl(entry, { host })).toEqual(baseUrl === undefined ? { badParameter: 'host' } : { baseUrl });
  });

  test.each([
    ['gemini', 'google'],
    ['open-router', 'openrouter'],
    ['OpenRouter', 'openrouter'],
    ['GOOGLE', 'google'],
    ['nobody', undefined],
  ])('find(%s) → %s', (name, id) => {
    expect(catalogue.find(name)?.id).toBe(id);
  });
});

describe('the schema of an entry', () => {
  test('the small entry passes', () => expect(providerEntrySchema.safeParse(SMALL).success).toBe(true));

  test.each<[string, object]>([
    ['an unknown key', { colour: 'red' }],
    ['an unknown key deep inside', { auth: { scheme: 'bearer', prefix: 'Bearer' } }],
    ['an unknown quirk', { speaks: [{ ...SMALL.speaks[0], quirks: { noStream: true } }] }],
    ['an unknown dialect', { speaks: [{ operation: 'chat', dialect: 'smoke-signals', path: '/x' }] }],
    ['no documentation', { docs: undefined }],
    ['an id with capitals', { id: 'Example' }],
    ['plain http to the internet', { baseUrl: 'http://api.example.com/v1' }],
    ['plain http to a private network without `local`', { baseUrl: 'http://10.0.0.5:8000/v1' }],
    ['local, but plain http to the internet', { baseUrl: 'http://api.example.com/v1', local: true }],
    ['another scheme', { baseUrl: 'ftp://api.example.com' }],
    ['a trailing slash', { baseUrl: 'https://api.example.com/v1/' }],
    ['a secret in the address', { baseUrl: 'https://user:word@api.example.com' }],
    ['a query', { baseUrl: 'https://api.example.com?key=x' }],
    ['an undeclared parameter', { baseUrl: 'https://{region}.example.com' }],
    ['an unused parameter', { params: { region: { description: 'Region', example: 'eu' } } }],
    [
      'an example that its own pattern refuses',
      {
        baseUrl: 'https://{region}.example.com',
        params: { region: { description: 'Region', example: 'EU', pattern: '^[a-z]+$' } },
      },
    ],
    ['a credential among the fixed headers', { headers: { authorization: 'Bearer x' } }],
    ['one operation in one dialect twice', { speaks: [SMALL.speaks[0], SMALL.speaks[0]] }],
    [
      'one operation in one dialect twice for the same models',
      { speaks: [SMALL.speaks[0], { ...SMALL.speaks[0], models: ['a'] }, { ...SMALL.speaks[0], models: ['a'] }] },
    ],
    ['nothing that it speaks', { speaks: [] }],
  ])('refuses %s', (_, change) => {
    expect(providerEntrySchema.safeParse({ ...SMALL, ...change }).success).toBe(false);
  });

  test('models of their own may be asked in the same dialect otherwise', () => {
    const speaks = [SMALL.speaks[0], { ...SMALL.speaks[0], models: ['small-*'], quirks: { refuses: ['stop'] } }];
    expect(providerEntrySchema.safeParse({ ...SMALL, speaks }).success).toBe(true);
  });

  test('plain http is for this machine, and for private networks where the server is local', () => {
    const accepts = (change: object) => providerEntrySchema.safeParse({ ...SMALL, ...change }).success;
    expect(accepts({ baseUrl: 'http://127.0.0.1:9000/v1' })).toBe(true);
    expect(accepts({ baseUrl: 'http://[::1]:9000/v1' })).toBe(true);
    expect(accepts({ baseUrl: 'http://192.168.1.9:9000/v1', local: true })).toBe(true);
  });
});

describe('external documents', () => {
  test.each([
    ['one entry', JSON.stringify(SMALL)],
    ['an array', JSON.stringify([SMALL])],
    ['an object with providers', JSON.stringify({ providers: [SMALL] })],
  ])('%s is read', (_, text) => {
    expect(parseCatalogueDocument(text).map((entry) => entry.id)).toEqual(['example']);
  });

  test.each([
    ['text that is no JSON', '{', 'not JSON'],
    ['a number', '3', 'neither an object nor an array'],
    ['nothing', '[]', 'no entry'],
    ['providers that are no list', '{"providers":{}}', 'not an array'],
    [
      'a wrong entry, by its id and path',
      JSON.stringify([{ ...SMALL, auth: { scheme: 'x' } }]),
      'example: auth.scheme',
    ],
    ['an id that stands twice', JSON.stringify([SMALL, SMALL]), 'stands twice'],
  ])('%s is refused', (_, text, reason) => {
    expect(() => parseCatalogueDocument(text)).toThrow(reason);
    expect(() => parseCatalogueDocument(text)).toThrow(GatewayError);
  });

  test('the difference names what is added, changed with its fields, and unchanged', () => {
    const openai = catalogue.find('openai');
    const groq = catalogue.find('groq');
    if (openai === undefined || groq === undefined) throw new Error('the catalogue lacks what this test needs');
    const changed = { ...groq, name: 'Groq Cloud', speaks: groq.speaks.map((s) => ({ ...s, path: '/other' })) };
    expect(catalogueDifference(catalogue, [openai, changed, SMALL])).toEqual({
      added: ['example'],
      changed: [{ id: 'groq', fields: ['name', ...groq.speaks.map((_, index) => `speaks.${index}.path`)] }],
      unchanged: ['openai'],
    });
  });

  test('a stored entry that this build cannot read is left out and named', () => {
    const refused: string[] = [];
    const laid = overlayCatalogue(
      builtIn,
      [
        { id: 'future', document: '{"id":"future","speaks":"telepathy"}' },
        { id: 'example', document: JSON.stringify(SMALL) },
      ],
      (id) => refused.push(id),
    );
    expect(refused).toEqual(['future']);
    expect(laid.find('example')?.name).toBe('Example');
    expect(laid.find('openai')).toBeDefined();
  });
});

describe('the catalogue of a running hub', () => {
  const service = () =>
    createCatalogueService({ builtIn, store: memoryCatalogueStore(), clock: manualClock(), note: () => undefined });

  test('a preview changes nothing; applying it takes effect at once; removing it brings the built-in one back', async () => {
    const hub = service();
    const groq = { ...catalogue.find('groq'), name: 'Groq Cloud' };
    const document = JSON.stringify([SMALL, groq]);
    expect(hub.preview(document).added).toEqual(['example']);
    expect(hub.current().find('example')).toBeUndefined();
    await hub.apply(document, 'a file');
    expect(hub.current().find('example')?.name).toBe('Example');
    expect(hub.current().find('groq')?.name).toBe('Groq Cloud');
    expect(hub.preview(document)).toEqual({ added: [], changed: [], unchanged: ['example', 'groq'] });
    await hub.remove('groq');
    expect(hub.current().find('groq')?.name).toBe('Groq');
    await expect(hub.remove('groq')).rejects.toThrow(GatewayError);
  });
});
