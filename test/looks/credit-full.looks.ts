import { asObject, listOf, textOf } from '../support/hub-calls.ts';
import type { HubProcess } from '../support/hub-process.ts';
import { lookAtPages } from './look-at-pages.ts';
import { CREDIT_PAGES } from './pages.ts';

lookAtPages('full', {
  pages: CREDIT_PAGES,
  environment: { HUB_CREDIT: 'true', HUB_CREDIT_PRICE_USD: '0.3', HUB_CREDIT_MARGIN_PERCENT: '12.5' },
  fill: setPrices,
});

/** Prices of every kind, and two groups of which one has organizations. */
async function setPrices(hub: HubProcess): Promise<void> {
  const groups: string[] = [];
  for (const name of ['Partners', 'Resellers who were promised the prices of the year before']) {
    const group = asObject(await hub.control('POST', '/installation/customer-groups', { name }));
    groups.push(textOf(group['id']));
  }
  for (const organization of await listOf(hub, '/organizations')) {
    await hub.control(
      'PUT',
      `/installation/customer-groups/${groups[0] ?? ''}/organizations/${textOf(organization['id'])}`,
    );
  }
  const [first, second] = await listOf(hub, '/installation/prices');
  const at = (row: typeof first) => ({ provider_id: row?.['provider_id'] ?? '', model: row?.['model'] ?? '' });
  const prices = [
    { unit: 'input', credits_per_million: '2.4' },
    { unit: 'input', credits_per_million: '123456.000000001', above_input_tokens: 200_000 },
    { unit: 'output', credits_per_million: '0.5', utc_window: { from: '16:30', to: '00:30' } },
  ];
  await hub.control('POST', '/prices', {
    ...at(first),
    prices: [
      { unit: 'input', usd_per_million: '3' },
      { unit: 'output', usd_per_million: '15' },
    ],
  });
  for (const rules of [
    [{ margin_percent: '20' }, { customer_group_id: groups[0] ?? '', margin_percent: '-5', allow_below_cost: true }],
    [
      { ...at(first), margin_percent: '33.3333' },
      { ...at(second), margin_percent: '150' },
    ],
    [{ ...at(first), prices }],
  ]) {
    await hub.control('POST', '/installation/prices/rules', { rules, reason: 'Prices of 2027, as the board decided' });
  }
}
