import { asObject, listOf, textOf } from '../support/hub-calls.ts';
import type { HubProcess } from '../support/hub-process.ts';

/** Prices of every kind, and two groups of which one has organizations. */
export async function setManyPrices(hub: HubProcess): Promise<void> {
  const groups: string[] = [];
  for (const name of ['Partners', 'Resellers who were promised the prices of the year before']) {
    const group = asObject(await hub.control('POST', '/installation/customer-groups', { name }));
    groups.push(textOf(group['id']));
  }
  const [partners = ''] = groups;
  for (const organization of await listOf(hub, '/organizations')) {
    await hub.control('PUT', `/installation/customer-groups/${partners}/organizations/${textOf(organization['id'])}`);
  }
  const [first, second] = await listOf(hub, '/installation/prices');
  const at = (row: typeof first) => ({ provider_id: row?.['provider_id'] ?? '', model: row?.['model'] ?? '' });
  const cost = [
    { unit: 'input', usd_per_million: '3' },
    { unit: 'output', usd_per_million: '15' },
  ];
  await hub.control('POST', '/prices', { ...at(first), prices: cost });
  const list = [
    { unit: 'input', credits_per_million: '2.4' },
    { unit: 'input', credits_per_million: '123456.000000001', above_input_tokens: 200_000 },
    { unit: 'output', credits_per_million: '0.5', utc_window: { from: '16:30', to: '00:30' } },
  ];
  for (const rules of [
    [{ margin_percent: '20' }, { customer_group_id: partners, margin_percent: '-5', allow_below_cost: true }],
    [
      { ...at(first), margin_percent: '33.3333' },
      { ...at(second), margin_percent: '150' },
    ],
    [{ ...at(first), prices: list }],
  ]) {
    await hub.control('POST', '/installation/prices/rules', { rules, reason: 'Prices of 2027, as the board decided' });
  }
}

/** Some of what has a price published, one with much to say, and an alias whose model is hidden. */
export async function publishSome(hub: HubProcess): Promise<void> {
  const offers = await listOf(hub, '/installation/offers?limit=500');
  const ready = offers.filter(({ obstacle }) => obstacle === undefined).map(({ name }) => textOf(name));
  const [first = '', second = ''] = ready;
  await hub.control('PATCH', '/installation/offers', {
    offers: ready.map((name) => ({ name, published: true })),
  });
  await hub.control('PATCH', '/installation/offers', {
    offers: [
      {
        name: first,
        display_name: { en: 'The quick one', 'zh-TW': '快速模型' },
        description: {
          en: 'Short answers within a second, for what is asked often: translations, summaries, and questions about a text.',
          'zh-TW': '一秒內簡短回答，適合常見的工作：翻譯、摘要，以及就一段文字提問。',
        },
      },
      { name: second, display_name: { en: 'The thorough one', 'zh-TW': '深入思考模型' } },
    ],
  });
  await hub.control('PUT', '/installation/offers/order', { names: [second, first] });
  const hidden = textOf(offers.find(({ obstacle }) => obstacle === 'no_price')?.['name']);
  await hub.control('POST', '/aliases', { name: 'our-most-careful-model-of-this-year', target: hidden });
}
