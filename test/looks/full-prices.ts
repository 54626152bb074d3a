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
