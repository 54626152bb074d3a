import { join } from 'node:path';
import { systemClock } from '../../src/kernel/clock.ts';
import { createIdMaker } from '../../src/kernel/ids.ts';
import { minorUnits, nanoCredits } from '../../src/kernel/money.ts';
import { testPurchase } from '../../src/payments/testing/purchase.ts';
import type { PaymentEvent, Purchase } from '../../src/protocol/payments.ts';
import { DEFAULT_TENANT } from '../../src/storage/default-tenant.ts';
import { withStore } from '../support/credit-scene.ts';
import type { HubProcess } from '../support/hub-process.ts';

const DAY_MS = 86_400_000;
const ISSUER = {
  name: 'Example AI Services Co., Ltd.',
  address: '7 Example Road\nXinyi District, Taipei',
  taxId: '12345678',
};
const PACK = '1,000 credits for a team that answers its customers around the clock';

/** Credits that are sold in several currencies, a card that was refused, and purchases of every kind. */
export async function sellAndBuy(hub: HubProcess, folder: string): Promise<void> {
  await hub.control('PUT', '/installation/payments/sale', {
    packs: [
      {
        id: 'ten',
        name: '10 credits',
        credits: '10',
        prices: [
          { currency: 'USD', amount: '10.00' },
          { currency: 'TWD', amount: '320' },
        ],
      },
      { id: 'team', name: PACK, credits: '1000', prices: [{ currency: 'USD', amount: '899.99' }] },
      { id: 'tiny', name: 'To try', credits: '0.5', prices: [{ currency: 'USD', amount: '0.50' }] },
    ],
    amounts: [
      { currency: 'USD', credit_price: '1', least: '5', most: '500' },
      { currency: 'TWD', credit_price: '32.5', least: '100', most: '50000' },
    ],
    lasts_days: 365,
  });
  await hub.control('PUT', '/installation/payments/methods/stripe', {
    secret_key: 'sk_test_51ExampleOfAKeyThatNobodyHas',
    webhook_secret: 'whsec_ExampleOfASigningSecret',
  });
  const { taxId: tax_id, ...issuer } = ISSUER;
  await hub.control('PATCH', '/installation', { issuer: { ...issuer, tax_id } });
  await withStore(join(folder, 'hub.db'), async (store) => {
    const newId = createIdMaker(systemClock.now);
    const at = systemClock.now();
    const topUp = { below: '5', currency: 'USD', amount: '20', day_most: '60', method: 'stripe', enabled: true };
    await hub.control('PUT', '/credit/auto-top-up', topUp);
    const set = await store.autoTopUps.get(DEFAULT_TENANT);
    if (set === undefined) throw new Error('the top-up was not set');
    const card = { customerId: 'cus_1', cardId: 'pm_1', label: 'visa …4242' };
    await store.autoTopUps.put({ ...set, card, stoppedBy: 'declined', revision: set.revision + 1 }, set.revision);
    const paid = { state: 'paid', isGranted: true, paidAt: at } as const;
    const bought: readonly Partial<Purchase>[] = [
      paid,
      { ...paid, name: PACK, amountMinor: minorUnits(89_999n), creditsNano: nanoCredits(1_000_000_000_000n) },
      {
        ...paid,
        returnedMinor: minorUnits(400n),
        refundedMinor: minorUnits(400n),
        reversedNano: nanoCredits(2_500_000_001n),
        reversals: 1,
      },
      { ...paid, cause: 'top_up', name: '20 credits', amountMinor: minorUnits(2000n) },
      { state: 'expired', currency: 'TWD', amountMinor: minorUnits(32_000n) },
      { state: 'failed', mode: 'live' },
      {},
    ];
    const outcomes = ['applied', 'ignored', 'mismatched'] as const;
    for (const [index, fields] of bought.entries()) {
      const ids = { id: newId('pu'), grantId: newId('gr'), organizationId: DEFAULT_TENANT.organizationId };
      await store.purchases.insert(testPurchase({ ...ids, createdAt: at - index * DAY_MS, ...fields }));
      const event: PaymentEvent = {
        id: newId('pev'),
        method: 'stripe',
        eventId: `evt_1QExampleOfAnEvent${String(index).padStart(8, '0')}`,
        type: index % 2 === 0 ? 'checkout.session.completed' : 'checkout.session.async_payment_succeeded',
        mode: 'test',
        purchaseId: ids.id,
        outcome: outcomes[index % 3] ?? 'applied',
        receivedAt: at - index * DAY_MS,
      };
      await store.paymentEvents.add(event);
      // Noted as a hub does that has heard of the refund; what was paid is on the account by now.
      await store.creditNotes.write(ids.id, { at, issuer: ISSUER });
    }
  });
}
