import { type FakePaymentKit, startFakePaymentKit } from '../../../test/support/fake-payment-kit.ts';
import { createIdMaker } from '../../kernel/ids.ts';
import { formatCredits, nanoCredits } from '../../kernel/money.ts';
import { Ledger } from '../../ledger/ledger.ts';
import { createOwedGrants } from '../../ledger/owed-grants.ts';
import { createSealDigest } from '../../ledger/seals.ts';
import { placeHold } from '../../ledger/testing/operations.ts';
import { verifyLedger } from '../../ledger/verify.ts';
import { createPaymentKit, type PaymentKit } from '../../payments/payment-kit/payment-kit.ts';
import { DEFAULT_TENANT } from '../../storage/default-tenant.ts';
import type { Store } from '../../storage/open-store.ts';
import { openAt, type TestEngine } from '../../storage/testing/stores.ts';
import { createGuardedFetch } from '../../upstream/guarded-fetch.ts';
import type { Upstream } from '../../upstream/ports.ts';
import { testUpstream } from '../../upstream/testing/calls.ts';
import { kitLedger, mirrorOf } from '../payment-kit.ts';
import { paymentLedger } from '../payment-ledger.ts';

export const CREDIT = 1_000_000_000n;
export const ACCOUNT = 'organization/org_default';
export const SCOPE = { organizationId: DEFAULT_TENANT.organizationId };
export const ADA = 'z1AdaWhoBuysCreditsHere';
export const MINUTE_MS = 60_000;
export const RUNNING = new AbortController().signal;
const EVENTS = 'https://hub.example.com/control/v1/payments/payment-kit/events';
const digest = createSealDigest(Buffer.from('a secret of this test'));

/** Credit of a Payment Kit that answers over HTTP, with two processes on one store and a clock that the tests set. */
export class KitScene {
  now = Date.now();
  readonly store: Store;
  readonly kit: FakePaymentKit;
  readonly ledger: Ledger;
  readonly processes: readonly [PaymentKit, PaymentKit];
  readonly #newId = createIdMaker(() => this.now);
  readonly #fetch: ReturnType<typeof createGuardedFetch>;
  readonly #upstream: Upstream;
  #calls = 0;

  /** On a store of its own, not connected yet. */
  static async open(engine: TestEngine): Promise<KitScene> {
    const kit = await startFakePaymentKit();
    const upstream = testUpstream({ allow: [`127.0.0.1:${kit.port}`] });
    const location = await engine.migratedLocation();
    return new KitScene(kit, upstream, [openAt(location), openAt(location)]);
  }

  private constructor(kit: FakePaymentKit, upstream: Upstream, [store, other]: readonly [Store, Store]) {
    this.kit = kit;
    this.#upstream = upstream;
    this.#fetch = createGuardedFetch(upstream.send, {
      timeouts: { connectMs: 500, firstByteMs: 500, idleMs: 500, totalMs: 1000 },
    });
    this.store = store;
    this.ledger = this.#ledgerOf(store);
    this.processes = [this.#process(store), this.#process(other)];
  }

  #ledgerOf({ ledger: store }: Store): Ledger {
    return new Ledger({ store, overloaded: () => new Error('too much at once') });
  }

  #process(store: Store): PaymentKit {
    const ledger = this.#ledgerOf(store);
    const shared = { newId: this.#newId, now: () => this.now };
    const grants = createOwedGrants({ store: store.owedGrants, ledger, reader: store.ledgerReader, ...shared });
    return createPaymentKit({
      ...shared,
      store: store.paymentAccounts,
      customers: store.kitCustomers,
      usage: store.kitUsage,
      standing: store.kitStanding.standing,
      events: store.paymentEvents,
      vault: { seal: async (secret) => `hv1:1:${secret}`, open: (sealed) => sealed.slice('hv1:1:'.length) },
      fetch: this.#fetch,
      ledger: kitLedger({
        owed: store.owedGrants,
        grants,
        ledger: paymentLedger(ledger),
        mirror: mirrorOf(ledger),
      }),
      isSelling: () => true,
      externalIdOf: () => undefined,
      isThere: async (id) => id === SCOPE.organizationId,
      eventsAddress: () => EVENTS,
      warn: () => undefined,
    });
  }

  async connect(change: Parameters<PaymentKit['accounts']['set']>[0] = {}): Promise<void> {
    const { url: address, secretKey, componentDid, meter } = this.kit;
    await this.processes[0].accounts.set(
      { address, mode: 'test', secretKey, componentDid, meter, ...change },
      undefined,
    );
    await this.processes[0].link(SCOPE, ADA);
  }

  /** A call that is charged so many nano-credits. */
  async spend(nano: bigint): Promise<void> {
    this.#calls += 1;
    const id = `ur_${String(this.#calls).padStart(6, '0')}`;
    await this.ledger.do(placeHold(id, nano, { path: [ACCOUNT] }));
    const end = { kind: 'end', id, path: [ACCOUNT], state: 'settled', basis: 'reported' } as const;
    await this.ledger.do({ ...end, amountNano: nanoCredits(nano) });
  }

  async seal(): Promise<void> {
    while ((await this.store.ledgerSeals.sealNext(100, digest)) > 0);
  }

  /** Both processes do what is due. */
  async work(): Promise<void> {
    await this.seal();
    await this.tell();
  }

  /** Both tell what is sealed. */
  async tell(): Promise<void> {
    await Promise.all(this.processes.map((each) => each.gather(RUNNING)));
    await Promise.all(this.processes.map((each) => each.deliver(RUNNING)));
  }

  async available(): Promise<string> {
    const page = { limit: 1, afterId: undefined };
    const [account] = await this.store.ledgerReader.accounts(SCOPE, { accountId: ACCOUNT }, page);
    return formatCredits(account?.availableNano ?? nanoCredits(0n));
  }

  /** Lets go of everything, and gives what is wrong with the ledger. */
  async close(): Promise<readonly unknown[]> {
    const { differences } = await verifyLedger(this.store.ledgerProof, digest);
    await this.#upstream.close();
    await this.kit.close();
    return differences;
  }
}
