import type { JsonObject } from '../../src/kernel/json.ts';
import { nanoUsd, usdPerMillion } from '../../src/kernel/money.ts';
import { priceLine } from '../../src/metering/price-line.ts';
import type { UsageRecord } from '../../src/protocol/records.ts';
import { NO_USAGE } from '../../src/protocol/usage.ts';
import { DEFAULT_TENANT } from '../../src/storage/default-tenant.ts';
import { outcome } from '../../src/storage/testing/rows.ts';
import type { FakeUpstream } from '../support/fake-upstream.ts';
import { asObject, callHub, chatBody, eventually, listOf, textOf } from '../support/hub-calls.ts';
import type { HubProcess } from '../support/hub-process.ts';
import { openTenants } from '../support/tenants.ts';

const DAY_MS = 86_400_000;
const RECORDS = 600;
const DAYS = 35;
const ROWS = 14;
const LONG_NAME = 'Customer-facing recommendation engine for the Asia-Pacific storefronts';
export const GOOD_SECRET = 'sk-good-credential';
/** Where nothing listens; a hub has to be let call it. */
export const NOBODY = '127.0.0.1:9';

export const MODELS = [
  'gpt-4o',
  'claude-sonnet-4-5-20250929',
  'meta-llama/llama-3.3-70b-instruct-turbo-with-a-long-name',
  'text-embedding-3-small',
  'fake-small',
] as const;

/** Five weeks of calls of several models, as they were before the hub starts: most went well, some did not. */
export async function layDownRecords(folder: string): Promise<void> {
  const tenants = await openTenants(folder);
  const { store } = tenants.core;
  const add = (name: string, providerId: string) =>
    tenants.addConnection(DEFAULT_TENANT, {
      name,
      providerId,
      baseUrl: 'https://a.example/v1',
      secret: 'sk-test',
      models: ['gpt-4o'],
    });
  const [dear, cheap] = [await add('dear', 'openai'), await add('cheap', 'deepseek')];
  const keys: { readonly id: string }[] = [];
  for (const name of ['website', LONG_NAME, 'nightly batch', 'forgotten']) {
    keys.push(await tenants.addKey(DEFAULT_TENANT, { name }));
  }
  const card = { model: 'gpt-4o', version: 1, source: 'operator', effectiveFrom: 0 } as const;
  const line = (unit: 'input' | 'cached-input' | 'output', usd: string) => priceLine(unit, usdPerMillion(usd));
  const dearPrices = [line('input', '5'), line('cached-input', '2.5'), line('output', '15')];
  await store.rateCards.insert([
    { ...card, id: 'rc_dear', providerId: 'openai', prices: dearPrices },
    { ...card, id: 'rc_cheap', providerId: 'deepseek', prices: [line('input', '4'), line('output', '12')] },
  ]);
  const now = Date.now();
  await store.records.commit(
    Array.from({ length: RECORDS }, (_, index) =>
      outcome(index, {
        connectionId: index % 5 === 4 ? cheap : dear,
        providerId: index % 5 === 4 ? 'deepseek' : 'openai',
        // The last key is used by nobody.
        keyId: keys[index % (keys.length - 1)]?.id ?? '',
        startedAt: now - Math.floor((index * DAYS * DAY_MS) / RECORDS),
        usage: { ...NO_USAGE, inputTokens: 20_000 + index, cachedInputTokens: 1_000, outputTokens: 2_000 },
        costNano: nanoUsd(132_500_000n),
        ...namesOf(index),
        ...endingOf(index),
      }),
    ),
  );
  await tenants.close();
}

function namesOf(index: number): Pick<UsageRecord, 'requestedModel' | 'routedModel' | 'servedModel' | 'streamed'> {
  const model = index % 3 === 2 ? (MODELS[index % MODELS.length] ?? MODELS[0]) : MODELS[0];
  return { requestedModel: model, routedModel: model, servedModel: model, streamed: index % 2 === 0 };
}

function endingOf(index: number): Partial<UsageRecord> {
  if (index % 30 === 0) return { status: 'cut', errorCode: 'upstream.cut' };
  if (index % 17 !== 0) return {};
  return { status: 'timeout', httpStatus: 504, errorCode: 'upstream.timeout', firstByteMs: undefined };
}

/** Much of everything that an organization and an installation can have. */
export async function fillHub(hub: HubProcess, upstream: FakeUpstream): Promise<void> {
  await hub.control('PATCH', '/installation', {
    name: 'Example AI Platform',
    support_address: 'help@example.com',
    terms_url: 'https://example.com/terms',
    privacy_url: 'https://example.com/privacy',
    sign_up: 'approval',
    public_models: true,
    guest_playground: { enabled: true, models: ['fake-small'] },
  });
  await connectProviders(hub, upstream);
  await makePeople(hub);
  await makeKeys(hub);
  await makeRules(hub);
  await callMuch(hub);
  await raiseNotifications(hub, upstream);
}

async function connectProviders(hub: HubProcess, upstream: FakeUpstream): Promise<void> {
  await hub.connectFake(upstream, { name: 'fake', secret: GOOD_SECRET });
  for (const [providerId, name] of [
    ['anthropic', 'anthropic-claude-models-for-the-whole-company'],
    ['groq', 'groq'],
    ['openrouter', 'openrouter'],
  ] as const) {
    await hub.control('POST', '/connections', {
      provider_id: providerId,
      name,
      base_url: `http://${NOBODY}`,
      credential: { secret: 'sk-nobody-answers' },
    });
  }
  const month = { kind: 'calendar', unit: 'month', time_zone: 'Asia/Taipei' };
  await hub.control('POST', '/limits', {
    name: 'What the answers of the support desk may cost in a month',
    subject: { kind: 'organization' },
    measure: 'money',
    amount: '1250.50',
    window: month,
    mode: 'hard',
    thresholds: [50, 80, 100],
  });
  await hub.control('POST', '/limits', {
    name: 'Tokens of everybody',
    subject: { kind: 'key' },
    measure: 'total_tokens',
    amount: '2000000',
    window: { kind: 'rolling', seconds: 3600 },
    mode: 'soft',
    models: ['gpt-*'],
  });
  await hub.control('POST', '/guardrails', {
    name: 'No addresses and phones of customers in what the support desk asks',
    check: { kind: 'personal', finds: ['email', 'phone', 'card', 'taiwan_id', 'china_id'] },
    action: 'mask',
    place: 'both',
    scope: { kind: 'organization' },
  });
  await hub.control('POST', '/guardrails', {
    name: 'Nothing secret leaves for any provider, whoever asks and whatever for',
    check: { kind: 'secrets', finds: ['openai_key', 'anthropic_key', 'aws_key', 'private_key'] },
    action: 'block',
    place: 'input',
    scope: { kind: 'organization' },
    models: ['gpt-*', 'claude-*'],
    order: 1,
  });
  await hub.control('POST', '/guardrails', {
    name: 'Code names',
    check: { kind: 'words', words: ['falcon', '獵鷹計畫'], patterns: ['PRJ-[0-9]{4}'] },
    action: 'flag',
    place: 'output',
    scope: { kind: 'organization' },
    order: 2,
    enabled: false,
  });
  await hub.control('POST', '/routes', {
    name: 'the-model-behind-every-answer-of-the-support-desk',
    strategy: 'weighted',
    affinity: 'conversation',
    tiers: [
      { targets: [{ model: 'fake/fake-small', weight: 100 }, { model: 'gpt-4o' }] },
      { targets: [{ model: 'claude-sonnet-4-5', weight: 7 }] },
    ],
    rules: [{ when: { tags: { team: ['search'] } }, tiers: [{ targets: [{ model: 'fake/fake-large' }] }] }],
  });
  await hub.control('POST', '/aliases', { name: 'smart', target: 'gpt-4o' });
  await hub.control('POST', '/aliases', { name: 'default-model-of-the-storefronts', target: 'fake/fake-small' });
  await hub.control('POST', '/identity-overrides', {
    provider_id: 'openai',
    upstream_model: 'fake-small',
    canonical_model: 'gpt-4o',
  });
  const prices = [
    { unit: 'input', usd_per_million: '3' },
    { unit: 'output', usd_per_million: '15' },
  ];
  await hub.control('POST', '/prices', { provider_id: 'openai', model: 'fake-small', prices });
}

async function makePeople(hub: HubProcess): Promise<void> {
  const teams: string[] = [];
  for (const name of ['Research', 'Platform engineering and developer experience', '產品設計']) {
    teams.push(idOf(await hub.control('POST', '/teams', { name })));
  }
  for (let number = 1; number <= ROWS; number += 1) {
    const email = `somebody.with.a.long.address.${number}@engineering.example.com`;
    await hub.control('POST', '/invitations', { email, role: number % 2 === 0 ? 'developer' : 'viewer' });
    await hub.control('POST', '/projects', {
      name: number === 1 ? LONG_NAME : `Project ${number}`,
      ...(number % 3 === 0 ? { team_id: teams[0] ?? '' } : {}),
    });
  }
  await hub.control('POST', '/service-accounts', { name: 'deploy', role: 'developer' });
  await hub.control('POST', '/service-accounts', { name: 'nightly-report-of-the-finance-department', role: 'billing' });
  const signOn = { client_id: 'hub', client_secret: 'secret', issuer: 'https://login.example.com' };
  await hub.control('POST', '/sso-connections', {
    ...signOn,
    name: 'Corporate directory',
    domains: ['corp.example', 'subsidiary-with-a-long-name.example'],
    joins: 'just_in_time',
  });
  await hub.control('POST', '/installation/sso-connections', { ...signOn, name: 'Example ID' });
  for (const name of ['Acme', 'Organization of the longest name that a customer ever gave', '範例股份有限公司']) {
    await hub.control('POST', '/organizations', { name, owner_email: 'boss@example.com' });
  }
}

async function makeKeys(hub: HubProcess): Promise<void> {
  for (let number = 1; number <= ROWS; number += 1) {
    await hub.createKey(`service ${number}`, {
      ...(number % 3 === 0 ? { allowed_models: ['fake/*', 'gpt-4o'], allowed_addresses: ['10.0.0.0/8'] } : {}),
      ...(number % 4 === 0 ? { expires_at: '2099-01-31T00:00:00Z' } : {}),
    });
  }
  const [account] = await listOf(hub, '/service-accounts');
  const owner = { service_account_id: textOf(account?.['id']) };
  await hub.control('POST', '/management-keys', { ...owner, name: 'pipeline', scopes: ['keys.read', 'usage.read'] });
  await hub.control('POST', '/management-keys', {
    ...owner,
    name: 'export of usage to the data warehouse, every hour',
    scopes: ['usage.read'],
    allowed_addresses: ['192.0.2.0/24', '2001:db8::/32'],
  });
}

async function makeRules(hub: HubProcess): Promise<void> {
  const [team] = await listOf(hub, '/teams');
  await hub.control('PUT', '/rules/organization/org_default', { denied_models: ['gpt-3.5*', 'legacy-*'] });
  await hub.control('PUT', `/rules/team/${textOf(team?.['id'])}`, {
    allowed_providers: ['openai', 'anthropic'],
    denied_regions: ['us-*'],
  });
  await hub.control('PUT', '/organizations/org_default/operator-rule', { denied_providers: ['forbidden'] });
}

/** Calls of this minute: answered, refused, of a model that is not there. */
async function callMuch(hub: HubProcess): Promise<void> {
  const { secret } = await hub.createKey('charts');
  for (const model of ['fake/fake-small', 'fake/gpt-4o', 'fake/fake-small', 'nobody/knows-this']) {
    for (const stream of [false, true]) await callHub(hub, secret, { body: chatBody({ model, stream }) });
  }
}

async function raiseNotifications(hub: HubProcess, upstream: FakeUpstream): Promise<void> {
  const hook = await hub.control('POST', '/webhooks', { url: `http://${NOBODY}/hooks/hub` });
  await hub.control('POST', `/webhooks/${idOf(asObject(hook)['webhook'] ?? hook)}/test`);
  const fake = (await listOf(hub, '/connections')).find(({ name }) => name === 'fake');
  const [credential] = await listOf(hub, `/connections/${textOf(fake?.['id'])}/credentials`);
  upstream.setModels([...MODELS.slice(1), 'gpt-5-preview']);
  await hub.control('POST', `/connections/${textOf(fake?.['id'])}/refresh`);
  upstream.setCredentials([]);
  await hub.control('POST', `/credentials/${textOf(credential?.['id'])}/test`);
  await eventually('notifications', async () => (await listOf(hub, '/notifications')).length >= 2, 30_000);
  upstream.setCredentials([GOOD_SECRET]);
}

function idOf(made: unknown): string {
  // What the control API gives for something made has an id.
  return textOf((made as JsonObject)['id']);
}
