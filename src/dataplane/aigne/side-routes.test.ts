import { describe, expect, it } from 'vitest';
import { nanoCredits, nanoUsdPerMillion, usdPerMillion } from '../../kernel/money.ts';
import type { Denial, DenialOf } from '../../protocol/access.ts';
import type { Deployment } from '../../protocol/deployment.ts';
import type { Operation } from '../../protocol/operation.ts';
import type { RateCard } from '../../protocol/rate-card.ts';
import { buildDirectory, type ModelDirectory } from '../../routing/directory.ts';
import type { ModelAccess } from '../../routing/resolve.ts';
import { answerBlocklet } from './blocklet.ts';
import { listAigneModels } from './models.ts';
import { answerStatus, type StatusCredit } from './status.ts';
import { answerUserInfo } from './usage/key-credit.ts';

const TENANT = { organizationId: 'org_1', projectId: 'proj_1' };
const NO_FACTS = {
  displayName: undefined,
  contextTokens: undefined,
  maxOutputTokens: undefined,
  inputModalities: undefined,
  outputModalities: undefined,
  embeddingDimensions: undefined,
  createdAt: undefined,
};

type Said = {
  readonly provider?: string;
  readonly connection?: string;
  readonly isLocal?: boolean;
  readonly hasCredential?: boolean;
  readonly operations?: readonly Operation[];
  readonly facts?: Partial<Deployment['facts']>;
};

function deployment(upstreamModel: string, said: Said = {}): Deployment {
  const { provider = 'openai', connection = 'acme-secret-name', isLocal = false, hasCredential = true } = said;
  const sealed = { id: 'cred_1', sealed: 's', weight: 1, ...TENANT, baseUrl: 'https://up.example' };
  return {
    id: `${connection}/${upstreamModel}`,
    connection: {
      id: `conn_${connection}`,
      name: connection,
      ...TENANT,
      reach: 'operator',
      region: undefined,
      providerId: provider,
      providerName: provider.toUpperCase(),
      origin: 'https://up.example',
      auth: { scheme: 'bearer' },
      headers: {},
      credentials: hasCredential ? [sealed] : [],
      position: 0,
      isLocal,
      simulated: false,
    },
    upstreamModel,
    canonicalModel: upstreamModel,
    isVendor: true,
    endpoints: new Map((said.operations ?? ['chat']).map((operation) => [operation, []])),
    facts: { ...NO_FACTS, ...said.facts },
  };
}

const RULES = {
  canonicalName: (name: string) => name,
  providerId: (name: string) => (name === 'openai' ? name : undefined),
};
const ALIAS = {
  name: 'project-x',
  target: 'gpt-4o',
  id: 'a',
  source: 'store',
  organizationId: 'o',
  projectId: 'p',
} as const;

function directory(deployments: readonly Deployment[]) {
  return buildDirectory({ deployments, aliases: [ALIAS], routes: [] }, RULES);
}

function accessTo(found: ModelDirectory, denialOf?: DenialOf): ModelAccess {
  return { directory: found, denialOf };
}

const DENIAL: Denial = {
  rule: { scope: 'key', id: 'vk_1', list: 'allowed_models' },
  changedBy: 'organization_admin',
  message: 'This key does not allow it.',
};

function card(source: RateCard['source']): RateCard {
  const plain = {
    aboveInputTokens: undefined,
    utcWindow: undefined,
    imageSize: undefined,
    imageQuality: undefined,
    batch: false,
  };
  return {
    id: 'card_1',
    providerId: 'openai',
    model: 'gpt-4o',
    version: 1,
    source,
    effectiveFrom: 0,
    prices: [
      { ...plain, unit: 'input', price: nanoUsdPerMillion(1n), aboveInputTokens: 200_000 },
      { ...plain, unit: 'input', price: usdPerMillion('2.5') },
      { ...plain, unit: 'output', price: usdPerMillion('10') },
    ],
  };
}

const ANYONE = {
  audience: 'anyone',
  type: undefined,
  cardOf: () => card('catalogue'),
  isPaidWithCredit: false,
} as const;

describe('the public list of models', () => {
  it('is what the client’s schema takes', () => {
    const facts = { contextTokens: 128_000, inputModalities: ['text', 'image'] };
    expect(listAigneModels(accessTo(directory([deployment('gpt-4o', { facts })])), ANYONE)).toEqual([
      {
        key: 'openai/gpt-4o',
        model: 'gpt-4o',
        type: 'chat',
        provider: 'openai',
        providerId: 'openai',
        providerDisplayName: 'OPENAI',
        input_credits_per_token: '0.0000025',
        output_credits_per_token: '0.00001',
        modelMetadata: { maxTokens: 128_000, features: ['vision'] },
        status: { available: true, error: null, responseTime: null, lastChecked: null },
      },
    ]);
  });

  it('tells neither connections nor aliases, nor what is local or named after its owner', () => {
    const found = directory([
      deployment('gpt-4o'),
      deployment('gpt-4o', { connection: 'second' }),
      deployment('llama3', { provider: 'ollama', isLocal: true }),
      deployment('ft:gpt-4o:acme::7'),
      deployment('arn:aws:bedrock:eu-west-1:123456789012:inference-profile/x', { provider: 'bedrock' }),
    ]);
    const listed = listAigneModels(accessTo(found), ANYONE);
    expect(listed.map(({ key }) => key)).toEqual(['openai/gpt-4o']);
    expect(JSON.stringify(listed)).not.toMatch(/acme|second|project-x/);
  });

  it('tells no prices of the operator’s own, and no unknown price as free', () => {
    const found = directory([deployment('gpt-4o')]);
    const own = { ...ANYONE, cardOf: () => card('operator') };
    expect(listAigneModels(accessTo(found), own)[0]?.input_credits_per_token).toBe('');
    expect(listAigneModels(accessTo(found), { ...ANYONE, cardOf: () => undefined })[0]?.output_credits_per_token).toBe(
      '',
    );
    // What customers pay is no secret.
    expect(listAigneModels(accessTo(found), { ...own, isPaidWithCredit: true })[0]?.output_credits_per_token).toBe(
      '0.00001',
    );
    const withKey = { ...own, audience: 'key' } as const;
    expect(listAigneModels(accessTo(found), withKey)[0]?.input_credits_per_token).toBe('0.0000025');
  });

  it('is for a key what that key may call', () => {
    const found = directory([deployment('gpt-4o'), deployment('gpt-5')]);
    const access = accessTo(found, ({ names }) => (names.includes('gpt-5') ? undefined : DENIAL));
    expect(listAigneModels(access, { ...ANYONE, audience: 'key' }).map(({ model }) => model)).toEqual(['gpt-5']);
  });

  it('can be asked for by type', () => {
    const found = directory([
      deployment('gpt-4o'),
      deployment('text-embedding-3-small'),
      deployment('vectors', { facts: { embeddingDimensions: 3 } }),
      deployment('gpt-image-1'),
      deployment('sora-2'),
      deployment('gemini-flash-image', { facts: { outputModalities: ['text', 'image'] } }),
    ]);
    const ofType = (type: string) => listAigneModels(accessTo(found), { ...ANYONE, type }).map(({ model }) => model);
    expect(ofType('chat')).toEqual(['gemini-flash-image', 'gpt-4o']);
    expect(ofType('embedding')).toEqual(['text-embedding-3-small', 'vectors']);
    expect(ofType('image')).toEqual(['gpt-image-1']);
    expect(ofType('image_generation')).toEqual(['gpt-image-1']);
    expect(ofType('video')).toEqual(['sora-2']);
    expect(() => ofType('smell')).toThrow('`type` must be');
  });

  it('says so where a model lacks a credential', () => {
    const found = directory([deployment('gpt-4o', { hasCredential: false })]);
    expect(listAigneModels(accessTo(found), ANYONE)[0]?.status.available).toBe(false);
  });
});

/** What a call would be answered with, where nobody is charged or by that credit. */
function statusOf(access: ModelAccess, model: string | undefined, credit?: StatusCredit) {
  return answerStatus({ access, model, credit });
}

describe('the status of a model', () => {
  const found = directory([deployment('gpt-4o'), deployment('sora-2', { operations: ['videos'] })]);

  it('is available where the key could call it, whatever it is for', () => {
    expect(statusOf(accessTo(found), 'aignehub/openai/gpt-4o')).toEqual({ available: true });
    expect(statusOf(accessTo(found), 'sora-2')).toEqual({ available: true });
    expect(statusOf(accessTo(found), undefined)).toEqual({ available: true });
  });

  it('tells why not', () => {
    expect(statusOf(accessTo(found), 'gpt-9')).toMatchObject({ available: false, code: 404 });
    const denied = accessTo(found, () => DENIAL);
    expect(statusOf(denied, 'gpt-4o')).toMatchObject({ available: false, code: 403, type: 'model.not_allowed' });
    expect(statusOf(accessTo(directory([])), undefined)).toMatchObject({ available: false });
    const bare = directory([deployment('gpt-4o', { hasCredential: false })]);
    expect(statusOf(accessTo(bare), 'gpt-4o')).toMatchObject({ available: false, code: 503 });
  });

  const PRICED = card('operator');
  const FREE = { ...PRICED, prices: PRICED.prices.map((line) => ({ ...line, price: nanoUsdPerMillion(0n) })) };
  const LINK = 'https://example.com/credit';
  const paying = (balance: StatusCredit['balance'], shown: RateCard | undefined = PRICED): StatusCredit => ({
    balance,
    purchaseLink: LINK,
    cardOf: () => shown,
  });
  const holding = (availableNano: bigint, heldNano = 0n) => ({
    availableNano: nanoCredits(availableNano),
    heldNano: nanoCredits(heldNano),
    issuedNano: nanoCredits(10n),
    grants: 1,
  });
  const OUT = { available: false, code: 402, type: 'NOT_ENOUGH', link: LINK };

  it.each([
    ['something to pay with', paying(holding(1n)), { available: true }],
    ['nothing left', paying(holding(0n)), OUT],
    ['no account at all', paying(undefined), OUT],
    ['all of it held by calls under way', paying(holding(0n, 3n)), { code: 429, type: 'credit.held' }],
    ['nothing left, for what is free', paying(holding(0n), FREE), { available: true }],
    ['enough, for what has no price', { ...paying(holding(9n)), cardOf: () => undefined }, { code: 400 }],
  ])('with %s is what a call would be told', (_what, credit, told) => {
    expect(statusOf(accessTo(found), 'gpt-4o', credit)).toMatchObject(told);
  });

  it('without a model is that of whoever pays', () => {
    expect(statusOf(accessTo(found), undefined, paying(holding(0n)))).toMatchObject(OUT);
  });
});

it('tells of a key its id and its name, and that there is no credit', () => {
  const principal = {
    organizationId: 'org_1',
    projectId: 'proj_1',
    keyId: 'key_1',
    keyName: 'laptop',
    memberId: undefined,
    serviceAccountId: undefined,
    teamId: undefined,
    refusesLosses: false,
  };
  expect(answerUserInfo(principal, { credit: undefined, profileLink: 'https://hub.test/usage' })).toEqual({
    user: { did: 'key_1', fullName: 'laptop', email: '', avatar: '' },
    creditBalance: null,
    paymentLink: null,
    currency: null,
    enableCredit: false,
    profileLink: 'https://hub.test/usage',
  });
});

describe('where the hub lies', () => {
  it('is told as JSON', () => {
    const { contentType, body } = answerBlocklet({ pathPrefix: '', type: 'json' });
    expect(contentType).toBe('application/json');
    expect(JSON.parse(body)).toMatchObject({
      componentMountPoints: [{ did: 'z8ia3xzq2tMq8CRHfaXj1BTYJyYnEcHbqP8cJ', mountPoint: '/' }],
    });
  });

  it('is told as a script, under the path that a proxy adds', () => {
    const { contentType, body } = answerBlocklet({ pathPrefix: '/hub', type: undefined });
    expect(contentType).toBe('text/javascript; charset=utf-8');
    expect(body).toMatch(/^window\.blocklet = \{.*"mountPoint":"\/hub".*\};\n$/);
  });
});

it.each([
  ['$', '$'],
  ['¥', '¥'],
  ['HK$', undefined],
  ['★', undefined],
  [undefined, undefined],
])('of the prefix %s clients are told %s, for they refuse others', (prefix, told) => {
  const principal = { organizationId: 'org_1', projectId: 'proj_1', keyId: 'vk_1', keyName: 'key' };
  const unset = { memberId: undefined, serviceAccountId: undefined, teamId: undefined, refusesLosses: false };
  const credit = { balance: undefined, name: 'stars', purchaseLink: undefined, prefix };
  const answer = answerUserInfo({ ...principal, ...unset }, { credit, profileLink: 'https://hub.test/credit' });
  expect(answer).toMatchObject({
    currency: { name: 'stars', symbol: prefix ?? 'stars', decimal: 9 },
    enableCredit: true,
    creditBalance: { balance: '0', grantCount: 0 },
  });
  expect(answer.creditPrefix).toBe(told);
  expect('creditPrefix' in answer).toBe(told !== undefined);
});
