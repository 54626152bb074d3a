import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTenants, type Tenants } from '../../test/support/tenants.ts';
import { usdPerMillion } from '../kernel/money.ts';
import { priceLine } from '../metering/price-line.ts';
import type { Tenant } from '../protocol/tenant.ts';
import { accessRule } from '../storage/testing/rows.ts';
import { createCallableModels } from './callable-models.ts';
import { offersOf } from './offers.ts';

const NOW = Date.UTC(2026, 2, 1);
const folder = mkdtempSync(join(tmpdir(), 'hub-callable-'));
let tenants: Tenants;
let acme: Tenant;
let second: Tenant;

beforeAll(async () => {
  tenants = await openTenants(folder);
  acme = tenants.addOrganization('Acme');
  second = tenants.addProject(acme.organizationId);
  const add = (providerId: string, models: readonly string[], more: object = {}) =>
    tenants.addConnection(acme, {
      name: providerId,
      providerId,
      baseUrl: 'https://a.example/v1',
      secret: 's',
      models,
      ...more,
    });
  await add('openai', ['gpt-4o', 'gpt-4o-mini']);
  await add('anthropic', ['claude-sonnet-4-5']);
  await add('openrouter', ['openai/gpt-4o'], { scope: 'project' });
  const { store } = tenants.core;
  const card = { model: 'gpt-4o', version: 1, source: 'operator', effectiveFrom: 0 } as const;
  await store.rateCards.insert([
    { ...card, id: 'rc_1', providerId: 'openai', prices: [priceLine('input', usdPerMillion('2.5'))] },
  ]);
  const { organizationId } = acme;
  await store.accessRules.put(
    accessRule({ organizationId, scope: 'organization', scopeId: organizationId }, { deniedModels: ['*-mini'] }),
    undefined,
  );
  await tenants.core.snapshot.refresh();
});

afterAll(async () => {
  await tenants.close();
  rmSync(folder, { recursive: true, force: true });
});

const callable = (project: Tenant, isPaidWithCredit = false) =>
  createCallableModels(
    () => {
      const { current } = tenants.core.snapshot;
      return { ...current, charging: isPaidWithCredit ? current.chargingTerms : undefined };
    },
    () => NOW,
  )(project);

describe('what a project may call', () => {
  it('is what access rules leave of the connections that are for it', () => {
    const names = callable(acme).names;
    expect(names).toEqual(['claude-sonnet-4-5', 'gpt-4o']);
    expect(callable({ ...acme, projectId: 'proj_none' }).names).toEqual([]);
  });

  it('is told with its price, and with what can be said to it without a loss', () => {
    const models = callable(acme);
    expect(models.describe('gpt-4o')).toMatchObject({
      operations: expect.arrayContaining(['chat']),
      parameters: expect.arrayContaining(['temperature', 'seed', 'tools', 'response_format']),
      prices: { ofClass: { input_tokens: usdPerMillion('2.5') } },
      isSimulated: false,
    });
    // Anthropic's form has no seed: https://docs.anthropic.com/en/api/messages
    const { parameters, prices } = models.describe('claude-sonnet-4-5');
    expect(parameters).not.toContain('seed');
    expect(parameters).toEqual(expect.arrayContaining(['temperature', 'max_tokens', 'tools']));
    expect(prices).toBeUndefined();
    expect(models.describe('gpt-4o').charged).toBeUndefined();
    expect(() => models.describe('gpt-4o-mini')).toThrow(expect.objectContaining({ code: 'resource.not_found' }));
  });
});

it('a model is told with what its calls are charged, where they are paid for with credit', () => {
  const models = callable(acme, true);
  expect(models.describe('gpt-4o').charged).toMatchObject([{ of: { unit: 'input' }, creditsPerMillion: '2.5' }]);
  expect(models.describe('claude-sonnet-4-5').charged).toBeUndefined();
});

it('offers are the deployments that a project may call, with what their tokens cost', () => {
  const offersFor = (project: Tenant) => offersOf(tenants.core.snapshot.current, project, NOW);
  expect(offersFor(acme)).toMatchObject([
    { providerId: 'anthropic', prices: undefined },
    { providerId: 'openai', canonicalModel: 'gpt-4o', prices: { ofClass: { input_tokens: usdPerMillion('2.5') } } },
    { providerId: 'openrouter', canonicalModel: 'gpt-4o', prices: undefined },
  ]);
  // The connection of one project is no offer to another.
  expect(offersFor(second).map(({ providerId }) => providerId)).toEqual(['anthropic', 'openai']);
});
