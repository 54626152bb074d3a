import { describe, expect, test } from 'vitest';
import { deploymentAt } from '../dataplane/testing/deployment.ts';
import { GatewayError } from '../kernel/errors.ts';
import { addRules, denialUnder, NO_RULES } from '../policy/access-rules.ts';
import { type ConnectionTarget, type Deployment, NO_QUIRKS } from '../protocol/deployment.ts';
import { createCatalogue, loadBuiltInEntries } from '../providers/catalogue.ts';
import { createModelIdentity } from '../providers/model-identity.ts';
import { loadVendors } from '../providers/vendors.ts';
import { DEFAULT_TENANT } from '../storage/default-tenant.ts';
import { buildDirectory, layDirectory, type ModelDirectory } from './directory.ts';
import { listModels, type ModelAccess, resolveModel } from './resolve.ts';

const entries = loadBuiltInEntries();
const catalogue = createCatalogue(entries);
const identity = createModelIdentity({ vendors: loadVendors(), entries });

function deployment(
  providerId: string,
  upstreamModel: string,
  { position = 0, name = providerId, ...fields }: Partial<ConnectionTarget> = {},
): Deployment {
  return {
    ...deploymentAt('http://provider.test', upstreamModel, {
      id: `conn_${name}`,
      name,
      providerId,
      position,
      ...fields,
    }),
    canonicalModel: identity.canonicalModel(providerId, upstreamModel),
    isVendor: identity.isOwnVendor(providerId, upstreamModel),
  };
}

function directoryOf(
  deployments: readonly Deployment[],
  aliases: Readonly<Record<string, string>> = {},
): ModelDirectory {
  const rows = Object.entries(aliases).map(([name, target], index) => {
    return { ...DEFAULT_TENANT, id: `alias_${index}`, name, target, source: 'store' as const };
  });
  return buildDirectory(
    { deployments, aliases: rows, routes: [] },
    {
      canonicalName: identity.canonicalName,
      providerId: (name) => catalogue.find(name)?.id,
    },
  );
}

const SONNET_BEDROCK = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';
const hub = directoryOf(
  [
    deployment('openrouter', 'anthropic/claude-sonnet-4.5', { position: 2 }),
    deployment('openrouter', 'qwen/qwen3-32b', { position: 2 }),
    deployment('openrouter', 'mistralai/mistral-large', { position: 2 }),
    deployment('amazon-bedrock', SONNET_BEDROCK, { position: 1 }),
    deployment('anthropic', 'claude-sonnet-4-5-20250929', { position: 3 }),
    deployment('google', 'gemini-2.5-flash', { position: 4 }),
    deployment('openai', 'gpt-4o', { position: 5 }),
    deployment('openai', 'gpt-4o-mini', { position: 5 }),
    deployment('openai', 'gpt-4o', { name: 'Second', position: 6 }),
    deployment('ollama', 'llama3.2:3b', { position: 7 }),
  ],
  {
    fast: 'gpt-4o-mini',
    faster: 'fast',
    'gpt-4o-mini-old': 'openai/gpt-4o-mini',
    a: 'b',
    b: 'a',
    'gemini-2.5-flash': 'openai/gpt-4o',
    'google/gemini-2.5-flash': 'google/gemini-2.5-flash',
  },
);

function ask(model: string, directory = hub, allowed?: readonly string[]): readonly string[] {
  return resolveModel(accessTo(directory, allowed), { model, operation: 'chat' }).map(({ id }) => id);
}

function accessTo(directory: ModelDirectory, allowedModels?: readonly string[]): ModelAccess {
  if (allowedModels === undefined) return { directory, denialOf: undefined };
  const rule = { scope: 'key', scopeId: 'vk_1', name: undefined, lists: { allowedModels } } as const;
  return { directory, denialOf: denialUnder(addRules(NO_RULES, [rule])) };
}

function refusal(model: string, directory = hub, allowed?: readonly string[]): GatewayError {
  try {
    ask(model, directory, allowed);
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
  throw new Error(`${model} was served`);
}

const SONNET = [
  'anthropic/claude-sonnet-4-5-20250929',
  `amazon-bedrock/${SONNET_BEDROCK}`,
  'openrouter/anthropic/claude-sonnet-4.5',
];
const GPT_4O = ['openai/gpt-4o', 'Second/gpt-4o'];

describe('a name that is served', () => {
  test.each([
    ['a bare name, the vendor first and then the operator’s order', 'claude-sonnet-4-5', SONNET],
    ['the same with a point', 'claude-sonnet-4.5', SONNET],
    ['the same with its date', 'claude-sonnet-4-5-20250929', SONNET],
    ['the same as Bedrock writes it', 'anthropic.claude-sonnet-4-5-20250929-v1:0', SONNET],
    ['the same in capitals', 'Claude-Sonnet-4-5', SONNET],
    ['behind aignehub/', 'aignehub/claude-sonnet-4-5', SONNET],
    ['behind aignehub:', 'aignehub:claude-sonnet-4-5', SONNET],
    ['behind AigneHub/', 'AigneHub/openai/gpt-4o', GPT_4O],
    ['two connections of one provider, in order', 'gpt-4o', GPT_4O],
    ['pinned to a provider', 'openai/gpt-4o', GPT_4O],
    ['pinned in capitals', 'OpenAI/gpt-4o', GPT_4O],
    ['pinned to a connection', 'Second/gpt-4o', ['Second/gpt-4o']],
    ['pinned to a connection in another case', 'second/gpt-4o', ['Second/gpt-4o']],
    ['pinned by identity', 'anthropic/claude-sonnet-4.5', ['anthropic/claude-sonnet-4-5-20250929']],
    ['pinned to a host with the vendor’s namespace', 'openrouter/anthropic/claude-sonnet-4.5', [SONNET[2]]],
    ['pinned by the provider’s other name', 'open-router/claude-sonnet-4-5', [SONNET[2]]],
    ['the exact id at another provider', 'qwen/qwen3-32b', ['openrouter/qwen/qwen3-32b']],
    ['a namespace that is no provider', 'mistralai/mistral-large', ['openrouter/mistralai/mistral-large']],
    ['a tag', 'llama3.2:3b', ['ollama/llama3.2:3b']],
    ['an alias', 'fast', ['openai/gpt-4o-mini']],
    ['an alias of an alias', 'faster', ['openai/gpt-4o-mini']],
    ['an alias of a pinned name', 'gpt-4o-mini-old', ['openai/gpt-4o-mini']],
    ['an alias that wins over a model', 'gemini-2.5-flash', GPT_4O],
    ['an alias of itself', 'google/gemini-2.5-flash', ['google/gemini-2.5-flash']],
    ['gemini for google', 'gemini/gemini-2.5-flash', ['google/gemini-2.5-flash']],
    ['GEMINI for google', 'GEMINI/gemini-2.5-flash', ['google/gemini-2.5-flash']],
  ])('%s', (_name, model, expected) => {
    expect(ask(model)).toEqual(expected);
  });

  test('is tried in the same order, however the rows came', () => {
    const deployments = [...hub.byUpstream.keys()].flatMap((name) => hub.byUpstream.get(name) ?? []);
    for (let turn = 0; turn < deployments.length; turn += 1) {
      const rotated = [...deployments.slice(turn), ...deployments.slice(0, turn)];
      expect(ask('claude-sonnet-4-5', directoryOf(rotated))).toEqual(SONNET);
      expect(ask('gpt-4o', directoryOf(rotated))).toEqual(GPT_4O);
    }
  });
});

describe('a name that is not served', () => {
  test.each([
    [
      'a provider that is not connected',
      'groq/llama-3.3-70b-versatile',
      'provider.not_connected',
      { provider: 'groq' },
    ],
    ['its other name', 'x-ai/grok-4', 'provider.not_connected', { provider: 'xai' }],
    ['a model that its provider has not', 'openai/gpt-nope', 'model.not_found', {}],
    ['nothing like it', 'zzzzzzzzzzzzzzzz', 'model.not_found', { near_matches: [] }],
    ['a letter off', 'gpt-4p', 'model.not_found', { near_matches: expect.arrayContaining(['gpt-4o']) }],
    ['a part of a name', 'sonnet', 'model.not_found', { near_matches: ['claude-sonnet-4-5'] }],
    ['a ring of aliases', 'a', 'model.not_found', {}],
    ['an empty name behind the prefix', 'aignehub/', 'model.not_found', {}],
    ['a name that ends in a slash', 'openai/', 'model.not_found', {}],
  ])('%s', (_name, model, code, details) => {
    const error = refusal(model);
    expect(error.code).toBe(code);
    expect(error.details).toMatchObject(details);
  });

  test('a provider’s name never means just any host of the model', () => {
    const onlyBedrock = directoryOf([deployment('amazon-bedrock', SONNET_BEDROCK)]);
    expect(ask('claude-sonnet-4-5', onlyBedrock)).toEqual([`amazon-bedrock/${SONNET_BEDROCK}`]);
    expect(refusal('anthropic/claude-sonnet-4-5', onlyBedrock).code).toBe('provider.not_connected');
  });

  test('an operation that the deployment does not take', () => {
    const endpoints = new Map([['embeddings', [{ dialect: 'openai-chat', path: '/e', quirks: NO_QUIRKS }]]] as const);
    expect(refusal('gpt-4o', directoryOf([{ ...deployment('openai', 'gpt-4o'), endpoints }])).code).toBe(
      'model.operation_unsupported',
    );
  });
});

describe('a key that may not call everything', () => {
  test.each([
    ['the canonical name', ['claude-sonnet-4-5'], SONNET],
    ['a pattern', ['claude-*'], SONNET],
    ['one provider of it', ['amazon-bedrock/*'], [SONNET[1]]],
    ['one deployment', [SONNET[1] ?? ''], [SONNET[1]]],
  ])('by %s', (_name, allowed, expected) => {
    expect(ask('claude-sonnet-4-5', hub, allowed)).toEqual(expected);
  });

  test('by an alias, under that alias alone', () => {
    expect(ask('fast', hub, ['fast'])).toEqual(['openai/gpt-4o-mini']);
    expect(refusal('gpt-4o-mini', hub, ['fast']).code).toBe('model.not_allowed');
  });

  test('is told of no model that it may not call', () => {
    expect(refusal('claude-sonnet-4-5', hub, ['gpt-*']).code).toBe('model.not_allowed');
    const { details, message } = refusal('claude-sonnet-4-6', hub, ['gpt-*']);
    expect(details?.['near_matches']).toEqual([]);
    expect(message).not.toContain('sonnet-4-5');
    expect(listModels(accessTo(hub, ['gpt-4o'])).map(({ name }) => name)).toEqual(['gemini-2.5-flash', 'gpt-4o']);
    expect(listModels(accessTo(hub, []))).toEqual([]);
  });
});

test('the list holds every canonical model and every alias that leads somewhere, in order', () => {
  const names = listModels(accessTo(hub)).map(({ name }) => name);
  expect(names).toEqual([...names].sort());
  expect(names).toEqual(expect.arrayContaining(['claude-sonnet-4-5', 'fast', 'faster', 'gpt-4o', 'llama3.2:3b']));
  expect(names).not.toContain('a');
  for (const name of names) expect(ask(name).length).toBeGreaterThan(0);
});

describe('an organization’s own directory over the shared one', () => {
  const own = [
    deployment('openai', 'gpt-4o', { name: 'acme', position: 99 }),
    deployment('openai', 'acme-only', { name: 'acme', position: 99 }),
  ];
  const aliases = [{ ...DEFAULT_TENANT, id: 'alias_own', name: 'fast', target: 'acme-only', source: 'store' as const }];
  const laid = layDirectory({ deployments: own, aliases, routes: [] }, hub);

  test.each([
    ['its own before the shared, wherever they stand in the order', 'gpt-4o', ['acme/gpt-4o', ...GPT_4O]],
    ['by the provider’s name too', 'openai/gpt-4o', ['acme/gpt-4o', ...GPT_4O]],
    ['what only it has', 'acme-only', ['acme/acme-only']],
    ['its own alias before the shared one of that name', 'fast', ['acme/acme-only']],
    ['a shared alias', 'gpt-4o-mini-old', ['openai/gpt-4o-mini']],
    ['what only others share', 'claude-sonnet-4-5', SONNET],
  ])('routes %s', (_name, model, expected) => {
    expect(ask(model, laid)).toEqual(expected);
  });

  test('leaves the shared one as it was', () => {
    expect(ask('gpt-4o')).toEqual(GPT_4O);
    expect(refusal('acme-only').code).toBe('model.not_found');
  });
});
