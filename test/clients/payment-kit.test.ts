import { createRequire } from 'node:module';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createPaymentKitClient,
  type KitIdentity,
  type PaymentKitClient,
} from '../../src/payments/payment-kit/client.ts';
import { readSigningKey } from '../../src/payments/payment-kit/signature.ts';
import { createGuardedFetch } from '../../src/upstream/guarded-fetch.ts';
import type { Upstream } from '../../src/upstream/ports.ts';
import { testUpstream } from '../../src/upstream/testing/calls.ts';
import { type FakePaymentKit, startFakePaymentKit } from '../support/fake-payment-kit.ts';

/**
 * The client that Payment Kit's maker publishes, and the hub's own, on the same stand-in: what the one does is understood
 * without any code of ours, so the other has to do as it does.
 */

const PAYMENT_KIT_DID = 'z2qaCNvKMv5GjouKdcDWexv6WqtHbpNPQDnAk';
/** The status of a component that runs, by `@blocklet/constant`. */
const RUNNING = 6;
const ADA = 'z1AdaWhoBuysCreditsHere';
const NO_ANSWER_MS = { connectMs: 2000, firstByteMs: 5000, idleMs: 5000, totalMs: 5000 };

let kit: FakePaymentKit;
let upstream: Upstream;
let own: PaymentKitClient;
let published: Published;

/** What is asked of the published client. Its own types need a database library that nothing here has. */
type Published = {
  readonly environments: { readonly setTestMode: (value: boolean) => void };
  readonly meters: {
    readonly retrieve: (name: string) => Promise<{ readonly id: string; readonly currency_id: string }>;
  };
  readonly paymentCurrencies: { readonly retrieve: (id: string) => Promise<{ readonly decimal: number }> };
  readonly customers: {
    readonly retrieve: (did: string, options: { readonly create: boolean }) => Promise<{ readonly id: string }>;
  };
  readonly creditGrants: {
    readonly create: (grant: object) => Promise<{ readonly id: string; readonly amount: string }>;
    readonly summary: (of: object) => Promise<Record<string, { readonly remainingAmount: string }>>;
  };
  readonly creditTransactions: { readonly list: (of: object) => Promise<{ readonly count: number }> };
  readonly meterEvents: { readonly create: (event: object) => Promise<unknown> };
};

const clientOf = (identity: KitIdentity): PaymentKitClient =>
  createPaymentKitClient({
    address: kit.url,
    mode: 'test',
    identity,
    fetch: createGuardedFetch(upstream.send, { timeouts: NO_ANSWER_MS }),
    now: Date.now,
  });

beforeAll(async () => {
  kit = await startFakePaymentKit();
  upstream = testUpstream({ allow: [`127.0.0.1:${kit.port}`] });
  const key = readSigningKey(kit.secretKey);
  if (key === undefined) throw new Error('the stand-in has no key');
  own = clientOf({ kind: 'component', did: kit.componentDid, key });
  // It reads where it is, and as whom, when it is loaded.
  Object.assign(process.env, {
    BLOCKLET_APP_SK: kit.secretKey,
    BLOCKLET_COMPONENT_DID: kit.componentDid,
    BLOCKLET_MODE: 'test',
    BLOCKLET_MOUNT_POINTS: JSON.stringify([
      { did: PAYMENT_KIT_DID, name: PAYMENT_KIT_DID, status: RUNNING, port: kit.port, mountPoint: '/' },
    ]),
  });
  const loaded: { readonly default: Published } = createRequire(import.meta.url)('@blocklet/payment-js');
  published = loaded.default;
  published.environments.setTestMode(true);
});

afterAll(async () => {
  await upstream?.close();
  await kit?.close();
});

describe('a Payment Kit, as its own client and the hub’s find it', () => {
  it('has one meter, currency, payment link and customer for both', async () => {
    const meter = await published.meters.retrieve(kit.meter);
    expect(await own.meter(kit.meter)).toMatchObject({
      id: meter.id,
      currency_id: meter.currency_id,
      status: 'active',
    });
    const currency = await published.paymentCurrencies.retrieve(kit.currencyId);
    expect(await own.currency(kit.currencyId)).toMatchObject({ decimal: currency.decimal });
    expect((await own.paymentLink(kit.paymentLink)).id).toBe(kit.paymentLink);
    const customer = await published.customers.retrieve(ADA, { create: true });
    expect(await own.customer(ADA)).toMatchObject({ id: customer.id, did: ADA });
    expect(await own.customer(customer.id)).toMatchObject({ id: customer.id });
  });

  it('shows both the same grants, balance and transactions', async () => {
    const { id: customerId } = await own.customer(ADA);
    const of = { customerId, currencyId: kit.currencyId };
    const made = await published.creditGrants.create({
      customer_id: customerId,
      currency_id: kit.currencyId,
      amount: '10',
      name: 'A gift',
      category: 'promotional',
    });
    expect(await own.grants(of)).toMatchObject([{ id: made.id, amount: made.amount, category: 'promotional' }]);
    await own.tell({ meter: kit.meter, customerId, value: '0.75', identifier: 'one', atMs: Date.now() });
    const summary = await published.creditGrants.summary({ customer_id: customerId });
    expect(summary[kit.currencyId]?.remainingAmount).toBe('9250000');
    expect(await own.balance({ ...of, places: 6 })).toMatchObject({ remainingNano: 9_250_000_000n, pendingNano: 0n });
    expect(await own.pending({ ...of, places: 6 })).toBe(0n);
    const { meterId } = kit.credit;
    const transactions = await published.creditTransactions.list({ customer_id: customerId, meter_id: meterId });
    expect(await own.transactions({ customerId, meterId })).toMatchObject({ count: transactions.count });
    expect(await own.canContinue({ ...of, pendingUnits: '1' })).toBe(false);
    kit.credit.setRecharge(ADA, { below: 1n, amount: '5', times: 1 });
    expect(await own.canContinue({ ...of, pendingUnits: '1' })).toBe(true);
  });

  it('knows what either has told it under one identifier', async () => {
    const { id: customerId } = await own.customer(ADA);
    const told = { event_name: kit.meter, timestamp: 1_700_000_000, payload: { customer_id: customerId, value: '1' } };
    await published.meterEvents.create({ ...told, identifier: 'from the published client' });
    const event = { meter: kit.meter, customerId, value: '1', atMs: Date.now() };
    expect(await own.tell({ ...event, identifier: 'from the published client' })).toBe('known');
    expect(await own.tell({ ...event, identifier: 'from the hub' })).toBe('taken');
    await expect(published.meterEvents.create({ ...told, identifier: 'from the hub' })).rejects.toThrow('400');
  });

  it('knows the hub by an access key as well, and nobody by a wrong one', async () => {
    const byKey = clientOf({ kind: 'bearer', token: kit.accessKey });
    expect((await byKey.meter(kit.meter)).event_name).toBe(kit.meter);
    await expect(clientOf({ kind: 'bearer', token: 'blocklet-none' }).meter(kit.meter)).rejects.toMatchObject({
      status: 401,
    });
  });
});
