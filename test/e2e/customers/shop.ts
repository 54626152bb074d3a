import type { JsonObject } from '../../../src/kernel/json.ts';
import type { FakeUpstream } from '../../support/fake-upstream.ts';
import { asObject, listOf, textOf } from '../../support/hub-calls.ts';
import type { HubProcess } from '../../support/hub-process.ts';
import type { Scene, Shop, Side } from '../isolation/scene.ts';

/** An operator who buys under names that nobody else has, at figures that nobody else has, and sells under other names. */

const PROVIDER = 'quillnode';
const CONNECTION = 'basalt-east';
const UPSTREAM_CHAT = 'zq7/hidden-chat-9';
const UPSTREAM_EMBEDDINGS = 'zq7-hidden-embed-9';
const INPUT_USD = '7.130177';
const OUTPUT_USD = '31.370911';
const MARGIN_PERCENT = '23.4567';
const GROUP = 'Marlstone tier';
const REASON = 'dearer because of flint';

/** What is sold, by the names that customers know. */
export const SOLD = { chat: 'gpt-5-mini', embeddings: 'text-embedding-3-small', images: 'gpt-image-1', film: 'sora-2' };

/** Words and figures of which customers must read none. */
export function operatorsCanaries(upstream: FakeUpstream): readonly string[] {
  return [
    PROVIDER,
    'Quillnode',
    CONNECTION,
    'basalt key',
    'zq7/hidden',
    'hidden-chat-9',
    'hidden-embed-9',
    `127.0.0.1:${upstream.port}`,
    INPUT_USD,
    OUTPUT_USD,
    MARGIN_PERCENT,
    GROUP,
    REASON,
  ];
}

export const SELLING: Shop = {
  models: [UPSTREAM_CHAT, UPSTREAM_EMBEDDINGS, SOLD.images, SOLD.film],
  environment: {
    HUB_CREDIT: 'true',
    HUB_CREDIT_MARGIN_PERCENT: '10',
    HUB_SIMULATED: 'off',
    HUB_PUBLIC_MODELS: 'true',
  },
  sharesUpstream: false,
  connect: async (hub, upstream) => {
    await hub.control('POST', '/catalogue/apply', { document: [await entryOf(hub)] });
    await hub.connectFake(upstream, { providerId: PROVIDER, name: CONNECTION });
    const [connection] = await listOf(hub, '/connections');
    const [credential] = await listOf(hub, `/connections/${textOf(connection?.['id'])}/credentials`);
    await hub.control('PATCH', `/credentials/${textOf(credential?.['id'])}`, { name: 'basalt key' });
    for (const [upstream_model, canonical_model] of [
      [UPSTREAM_CHAT, SOLD.chat],
      [UPSTREAM_EMBEDDINGS, SOLD.embeddings],
    ] as const) {
      await hub.control('POST', '/identity-overrides', { provider_id: PROVIDER, upstream_model, canonical_model });
    }
    await setPrices(hub);
    const offers = Object.values(SOLD).map((name) => ({ name, published: true }));
    await hub.control('PATCH', '/installation/offers', { offers });
  },
  welcome: async (hub, organizationId) => {
    await hub.control('POST', '/installation/credit/grants', {
      organization_id: organizationId,
      amount: '1000',
      name: 'Welcome',
    });
    const [group] = await listOf(hub, '/installation/customer-groups');
    const path = `/installation/customer-groups/${textOf(group?.['id'])}/organizations/${organizationId}`;
    await hub.control('PUT', path);
  },
  chat: SOLD.chat,
  film: SOLD.film,
  kept: undefined,
};

/** OpenAI's entry of the catalogue under a name of its own. */
async function entryOf(hub: HubProcess): Promise<JsonObject> {
  const { document } = asObject(await hub.control('GET', '/catalogue/providers/openai'));
  const { aliases: _aliases, env: _env, vendor: _vendor, ...rest } = asObject(document);
  return { ...rest, id: PROVIDER, name: 'Quillnode Cloud' };
}

async function setPrices(hub: HubProcess): Promise<void> {
  const tokens = [
    { unit: 'input', usd_per_million: INPUT_USD },
    { unit: 'output', usd_per_million: OUTPUT_USD },
  ];
  const more: Readonly<Record<string, JsonObject[]>> = {
    [SOLD.images]: [{ unit: 'image-output', usd_per_million: OUTPUT_USD }],
    [SOLD.film]: [{ unit: 'video-second', usd_per_million: '71301.77' }],
  };
  for (const model of SELLING.models) {
    const prices = [...tokens, ...(more[model] ?? [])];
    await hub.control('POST', '/prices', { provider_id: PROVIDER, model, prices });
  }
  const group = asObject(await hub.control('POST', '/installation/customer-groups', { name: GROUP }));
  const rule = { customer_group_id: textOf(group['id']), margin_percent: MARGIN_PERCENT };
  await hub.control('POST', '/installation/prices/rules', { rules: [rule], reason: REASON });
}

/** What the operator paid for an organization's calls. */
export async function costsOf(
  { hub, send }: Pick<Scene, 'hub' | 'send'>,
  { organizationId }: Side,
): Promise<readonly string[]> {
  const headers = { authorization: `Bearer ${hub.controlToken}`, 'x-hub-organization': organizationId };
  const { text } = await send({ method: 'GET', path: '/control/v1/usage/records?limit=50', headers });
  return [...text.matchAll(/"cost(?:_usd)?":"(0\.\d{5,})"/g)].map(([, cost = '']) => cost);
}
