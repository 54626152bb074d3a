import { randomBytes } from 'node:crypto';
import type { CustomerServices } from '../controlplane/customers/customer-services.ts';
import { createCustomerService } from '../identity/customers.ts';
import type { Job } from '../jobs/scheduler.ts';
import { GatewayError } from '../kernel/errors.ts';
import { createGrantLists } from '../ledger/grant-list.ts';
import { assertSame, createOwedGrants, type OwedGrants, type WantedGrant } from '../ledger/owed-grants.ts';
import { type Core, changed } from './core.ts';

const MINUTE_MS = 60_000;

/** Credit that is owed, with the ledger that gives it. */
export function owedGrantsOf({ store, ledger, newId, clock }: Pick<Core, 'store' | 'ledger' | 'newId' | 'clock'>) {
  return createOwedGrants({ store: store.owedGrants, ledger, reader: store.ledgerReader, newId, now: clock.now });
}

/** What could not be given at once, or was about to be when a process died. */
export function owedGrantJobs(core: Core): readonly Job[] {
  const owedGrants = owedGrantsOf(core);
  return [{ name: 'owed-grants.give', everyMs: MINUTE_MS, run: () => owedGrants.giveWaiting() }];
}

/** Joins customers of a platform to the ledger. */
export function customerServices(core: Core, owedGrants: OwedGrants): CustomerServices {
  const { store, hashKey, newId, logger } = core;
  const { now } = core.clock;
  const giveOne = async (wanted: WantedGrant) => {
    const [given] = await owedGrants.give([wanted]);
    if (given === undefined) throw new Error('what was given is not told');
    return given;
  };
  const customers = createCustomerService({
    store: store.customers,
    organization: store.organizations.get,
    keys: store.keys,
    credit: {
      draft: owedGrants.draft,
      give: async (wanted) => (await giveOne(wanted)).owed,
      check: (wanted, found) => assertSame(wanted, found, now()),
    },
    hashKey,
    newId,
    randomBytes,
    now,
  });
  /** A customer that was made is answered, or nobody would ever know the secret of its key. */
  const grantSoon = async (owed: Parameters<OwedGrants['grantOf']>[0]) => {
    try {
      await owedGrants.giveNow([owed]);
      return await owedGrants.grantOf(owed);
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      logger.warn(
        { err: error, grantId: owed.id },
        'credit of a new customer could not be given yet; it is tried again',
      );
      return undefined;
    }
  };
  return {
    grantLists: createGrantLists({
      customers: customers.named,
      owed: store.owedGrants,
      grants: owedGrants,
      now,
    }),
    find: customers.find,
    list: customers.list,
    get: customers.get,
    create: async (wanted) => {
      const made = await changed(core, customers.create(wanted));
      return { ...made, grant: made.owed && (await grantSoon(made.owed)) };
    },
    give: async (wanted) => {
      const { owed, isNew } = await giveOne(wanted);
      return { grant: await owedGrants.grantOf(owed), isNew };
    },
  };
}
