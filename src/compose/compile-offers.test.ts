import { describe, expect, test } from 'vitest';
import { GatewayError } from '../kernel/errors.ts';
import { NOTHING_SAID } from '../protocol/charging.ts';
import { type ConfigurationState, NO_CONFIGURATION } from '../protocol/configuration.ts';
import { hiddenOffer, type ModelOffer } from '../protocol/model-offer.ts';
import { createCatalogue, loadBuiltInEntries } from '../providers/catalogue.ts';
import { loadVendors } from '../providers/vendors.ts';
import { findDeployment, listModels, type ModelAccess, resolveModel } from '../routing/resolve.ts';
import { DEFAULT_TENANT } from '../storage/default-tenant.ts';
import { connection, model, organization, project } from '../storage/testing/rows.ts';
import { compileSnapshot } from './compile-snapshot.ts';

/** What customers of a hub that charges may call, by what is published. */

const catalogue = createCatalogue(loadBuiltInEntries());
const vendors = loadVendors();
const ACME = { organizationId: 'org_acme', projectId: 'proj_acme' };
const alias = (name: string, target: string, tenant = DEFAULT_TENANT) => ({
  ...tenant,
  id: `alias_${name}`,
  name,
  target,
  source: 'store' as const,
});
const published = (name: string, fields: Partial<ModelOffer> = {}): ModelOffer => ({
  ...hiddenOffer(name),
  published: true,
  ...fields,
});

const WORLD = {
  ...NO_CONFIGURATION,
  version: 1,
  organizations: [
    organization(DEFAULT_TENANT.organizationId),
    organization(ACME.organizationId, { ownCredentialsAllowed: true }),
  ],
  projects: [project(DEFAULT_TENANT.projectId), project(ACME.projectId, { organizationId: ACME.organizationId })],
  connections: [
    connection('c1', { name: 'work', providerId: 'openai', baseUrl: 'https://api.openai.com/v1' }),
    connection('c2', { name: 'spare', providerId: 'openrouter', baseUrl: 'https://openrouter.ai/api/v1' }),
  ],
  models: [
    model('m1', 'c1', { upstreamModel: 'gpt-4o' }),
    model('m2', 'c1', { upstreamModel: 'gpt-4o-mini' }),
    model('m3', 'c2', { upstreamModel: 'openai/gpt-4o' }),
    model('m4', 'c2', { upstreamModel: 'qwen/qwen3-32b' }),
  ],
} satisfies ConfigurationState;

const OWN = {
  connections: [
    ...WORLD.connections,
    connection('own', { ...ACME, name: 'ours', providerId: 'openai', baseUrl: 'https://api.openai.com/v1' }),
  ],
  models: [...WORLD.models, model('m5', 'own', { ...ACME, upstreamModel: 'gpt-4o-mini' })],
};

function snapshotOf(change: Partial<ConfigurationState>, isCharging = true) {
  return compileSnapshot({
    state: { ...WORLD, ...change },
    catalogue,
    vendors,
    contentDaysMax: 90,
    charging: { ...NOTHING_SAID, enabled: isCharging },
    simulated: undefined,
  });
}

function accessOf(change: Partial<ConfigurationState>, tenant = ACME, isCharging = true): ModelAccess {
  const access = snapshotOf(change, isCharging).modelsOf(tenant);
  if (access === undefined) throw new Error('the project is there');
  return access;
}

const namesOf = (access: ModelAccess): readonly string[] => listModels(access).map(({ name }) => name);

function ask(access: ModelAccess, name: string): readonly string[] {
  return resolveModel(access, { model: name, operation: 'chat' }).map(({ id }) => id);
}

function refusal(access: ModelAccess, name: string): GatewayError {
  try {
    ask(access, name);
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
  throw new Error(`${name} was served`);
}

const ALL = ['gpt-4o', 'gpt-4o-mini', 'qwen3-32b'];

describe('customers of a hub that charges', () => {
  test('see nothing that is not published, by no name that it has', () => {
    const access = accessOf({ modelOffers: [published('gpt-4o'), hiddenOffer('gpt-4o-mini')] });
    expect(namesOf(access)).toEqual(['gpt-4o']);
    expect(ask(access, 'gpt-4o')).toEqual(['work/gpt-4o', 'spare/openai/gpt-4o']);
    for (const name of ['gpt-4o-mini', 'openai/gpt-4o-mini', 'work/gpt-4o-mini', 'qwen3-32b', 'qwen/qwen3-32b']) {
      const hidden = refusal(access, name);
      const unknown = refusal(access, 'nobody/has-it');
      expect([hidden.code, hidden.details]).toEqual([
        'model.not_found',
        { model: name, near_matches: expect.any(Array) },
      ]);
      expect(hidden.status).toBe(unknown.status);
      expect(hidden.details?.['near_matches']).not.toContain('gpt-4o-mini');
    }
  });

  test('are not told which providers are connected', () => {
    const access = accessOf({ modelOffers: [published('gpt-4o')] });
    expect(refusal(access, 'openrouter/none').code).toBe('model.not_found');
    expect(refusal(access, 'groq/none').code).toBe('model.not_found');
  });

  test('see nothing at all while nothing is published', () => {
    expect(namesOf(accessOf({}))).toEqual([]);
    expect(namesOf(snapshotOf({}).offered)).toEqual([]);
  });

  test('see it in the order that was set, then by name, with what the operator says of it', () => {
    const words = { en: 'Quick', 'zh-TW': '快速' };
    const modelOffers = [
      published('gpt-4o'),
      published('qwen3-32b', { position: 0, displayName: words }),
      published('gpt-4o-mini'),
    ];
    const listed = listModels(accessOf({ modelOffers }));
    expect(listed.map(({ name }) => name)).toEqual(['qwen3-32b', 'gpt-4o', 'gpt-4o-mini']);
    expect(listed[0]?.offer?.displayName).toEqual(words);
  });

  test('have a published alias while what it stands for is published, and are not told what that is', () => {
    const aliases = [alias('quick', 'step'), alias('step', 'gpt-4o-mini'), alias('inner', 'gpt-4o')];
    const both = accessOf({ aliases, modelOffers: [published('quick'), published('gpt-4o-mini')] });
    expect(namesOf(both)).toEqual(['gpt-4o-mini', 'quick']);
    expect(ask(both, 'quick')).toEqual(['work/gpt-4o-mini']);
    for (const name of ['step', 'inner']) expect(refusal(both, name).details).toMatchObject({ model: name });
    const alone = accessOf({ aliases, modelOffers: [published('quick')] });
    expect(namesOf(alone)).toEqual([]);
    expect(refusal(alone, 'quick').details).toEqual({ model: 'quick', near_matches: [] });
  });

  test('call with their own credentials whatever those reach, and of the operator’s what is published', () => {
    const access = accessOf({ ...OWN, modelOffers: [published('gpt-4o')] });
    expect(namesOf(access)).toEqual(['gpt-4o', 'gpt-4o-mini']);
    expect(ask(access, 'gpt-4o-mini')).toEqual(['ours/gpt-4o-mini']);
    const organizations = [
      organization(ACME.organizationId, { ownCredentialsAllowed: true, ownCredentialsUse: 'only' }),
    ];
    const only = accessOf({ ...OWN, organizations, modelOffers: [published('gpt-4o')] });
    expect(namesOf(only)).toEqual(['gpt-4o-mini']);
  });

  test('still reach what was made where it is offered no more', () => {
    const place = { connectionId: 'c1', upstreamModel: 'gpt-4o-mini' };
    expect(findDeployment(accessOf({}), place, 'chat')?.id).toBe('work/gpt-4o-mini');
  });
});

describe('all models stay', () => {
  test('to the operator’s own organization', () => {
    const access = accessOf({ modelOffers: [published('gpt-4o')] }, DEFAULT_TENANT);
    expect(namesOf(access)).toEqual(ALL);
    expect(refusal(access, 'groq/none').code).toBe('provider.not_connected');
  });

  test('to everybody where calls cost nobody credit', () => {
    const access = accessOf({ modelOffers: [published('gpt-4o', { position: 3 })] }, ACME, false);
    expect(namesOf(access)).toEqual(ALL);
    expect(listModels(access).every(({ offer }) => offer === undefined)).toBe(true);
  });
});
