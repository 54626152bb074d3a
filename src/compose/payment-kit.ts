import { CONTROL_PREFIX } from '../controlplane/http.ts';
import type { Job } from '../jobs/scheduler.ts';
import { type NanoCredits, NO_CREDITS } from '../kernel/money.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { OwedGrants } from '../ledger/owed-grants.ts';
import type { OwedGrantStore } from '../ledger/ports.ts';
import type { KitLedger } from '../payments/kit-ports.ts';
import { createPaymentKit, type PaymentKit } from '../payments/payment-kit/payment-kit.ts';
import type { PaymentLedger } from '../payments/ports.ts';
import type { Core } from './core.ts';
import { owedGrantsOf } from './customer-services.ts';
import { paymentLedger } from './payment-ledger.ts';

const MINUTE_MS = 60_000;
/** At every look of the scheduler: whoever is due is due to the second, and is told soon after Payment Kit is up. */
const LOOK_MS = 5000;

/** Joins a Payment Kit to the ledger and the store. */
export function paymentKitOf(core: Core): PaymentKit {
  const { store, ledger, vault, newId, clock, logger } = core;
  return createPaymentKit({
    store: store.paymentAccounts,
    customers: store.kitCustomers,
    usage: store.kitUsage,
    standing: store.kitStanding.standing,
    events: store.paymentEvents,
    vault: { seal: async (...input) => vault.seal(...input), open: vault.open },
    fetch: core.signInFetch,
    ledger: kitLedger({
      owed: store.owedGrants,
      grants: owedGrantsOf(core),
      ledger: paymentLedger(ledger),
      mirror: mirrorOf(ledger),
    }),
    isSelling: () => core.snapshot.current.charging !== undefined,
    externalIdOf: (organizationId) => core.snapshot.current.externalIdOf(organizationId),
    isThere: async (id) => (await store.customers.named({ organizationIds: [id], externalIds: [] })).length > 0,
    eventsAddress: () => kitEventsAddress(core),
    newId,
    now: clock.now,
    warn: (about, message) => logger.warn(about, message),
  });
}

export function kitEventsAddress({ baseUrl }: Pick<Core, 'baseUrl'>): string {
  return `${baseUrl()}${CONTROL_PREFIX}/payments/payment-kit/events`;
}

type KitLedgerInput = {
  readonly owed: OwedGrantStore;
  readonly grants: Pick<OwedGrants, 'draft' | 'giveNow'>;
  readonly ledger: Pick<PaymentLedger, 'reverse'>;
  readonly mirror: KitLedger['mirror'];
};

/** What was used elsewhere, as the ledger takes and gives it. */
export function mirrorOf(ledger: Pick<Ledger, 'do'>): KitLedger['mirror'] {
  return async ({ organizationId, number, moves }) => {
    const accountId = `organization/${organizationId}` as const;
    await ledger.do({ kind: 'mirror', accountId, number, moves, reason: 'used at Payment Kit' });
  };
}

export function kitLedger({ owed, grants, ledger, mirror }: KitLedgerInput): KitLedger {
  return {
    known: async (references) => new Map((await owed.ofReferences(references)).map((each) => [each.reference, each])),
    give: async ({ isPaid, ...wanted }) => {
      const kind = isPaid ? 'purchased' : 'promotional';
      const draft = grants.draft({ ...wanted, kind, actorId: undefined, reason: undefined });
      // Of two who give the same grant, one has written it down, and both give what is written.
      await grants.giveNow(await owed.owe([draft], () => undefined));
    },
    takeBack: async ({ id, organizationId, amountNano }) => {
      const of = { grantId: id, accountId: `organization/${organizationId}`, totalNano: amountNano } as const;
      let takenNano: NanoCredits = NO_CREDITS;
      for (let number = 0; takenNano < amountNano; number += 1) {
        const { totalNano, isPosted } = await ledger.reverse({ ...of, number, reason: 'voided' });
        if (!isPosted) return;
        takenNano = totalNano;
      }
    },
    mirror,
  };
}

/** Grants that no message told of, and usage that Payment Kit is told. */
export function paymentKitJobs(core: Core): readonly Job[] {
  const { check, gather, deliver } = paymentKitOf(core);
  return [
    { name: 'payment-kit.check', everyMs: LOOK_MS, run: check },
    { name: 'payment-kit.gather', everyMs: MINUTE_MS, run: gather },
    { name: 'payment-kit.deliver', everyMs: LOOK_MS, run: deliver },
  ];
}
