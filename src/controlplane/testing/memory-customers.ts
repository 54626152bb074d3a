import { randomBytes } from 'node:crypto';
import { createCustomerService } from '../../identity/customers.ts';
import { memoryVirtualKeys } from '../../identity/testing/memory-stores.ts';
import { createKeyHasher } from '../../identity/virtual-key.ts';
import { createKeyedDigest } from '../../kernel/keyed-digest.ts';
import { createGrantLists } from '../../ledger/grant-list.ts';
import { Ledger } from '../../ledger/ledger.ts';
import { assertSame, createOwedGrants, type WantedGrant } from '../../ledger/owed-grants.ts';
import { createRedemptionCodes } from '../../ledger/redemption-codes.ts';
import { memoryCodes } from '../../ledger/testing/memory-codes.ts';
import { MemoryOwed } from '../../ledger/testing/memory-owed.ts';
import type { ControlServices } from '../services.ts';
import { type MemoryState, TEST_NOW } from './memory-state.ts';

/** The real services of customers and of what is owed, on stores in memory. */
export function customerServices(
  state: MemoryState,
  newId: (prefix: string) => string,
): Pick<ControlServices, 'customers' | 'redemptionCodes'> {
  const now = () => TEST_NOW;
  const { organizations, projects } = state.people;
  const owed = new MemoryOwed();
  const owedGrants = createOwedGrants({
    store: owed,
    ledger: new Ledger({ store: state.ledger, overloaded: () => new Error('too much at once') }),
    reader: { grant: async (_scope, id) => state.ledger.grants.get(id) },
    newId,
    now,
  });
  const giveOne = async (wanted: WantedGrant) => {
    const [given] = await owedGrants.give([wanted]);
    if (given === undefined) throw new Error('what was given is not told');
    return given;
  };
  const find = async (externalId: string) => [...organizations.values()].find((row) => row.externalId === externalId);
  const customers = createCustomerService({
    store: {
      find,
      list: async ({ limit, afterId = '' }) =>
        [...organizations.values()].filter((row) => row.externalId !== undefined && row.id > afterId).slice(0, limit),
      named: async ({ organizationIds, externalIds }) =>
        [...organizations.values()].filter(
          ({ id, externalId = '' }) => organizationIds.includes(id) || externalIds.includes(externalId),
        ),
      defaultProject: async (id) => [...projects.values()].find((row) => row.organizationId === id && row.isDefault),
      insert: async ({ organization, project, key, owed: wanted }, { check, checkOwed }) => {
        const there = await find(organization.externalId ?? '');
        if (there !== undefined) return { isNew: false, organization: there };
        check(organizations.size);
        if (wanted !== undefined) await owed.owe([wanted], checkOwed);
        organizations.set(organization.id, organization);
        projects.set(project.id, project);
        if (key !== undefined) state.keys.set(key.id, key);
        return { isNew: true, organization };
      },
    },
    organization: async (id) => organizations.get(id),
    keys: memoryVirtualKeys(state.keys),
    credit: {
      draft: owedGrants.draft,
      give: async (wanted) => (await giveOne(wanted)).owed,
      check: (wanted, found) => assertSame(wanted, found, TEST_NOW),
    },
    hashKey: createKeyHasher(Buffer.alloc(32, 1)),
    newId,
    randomBytes,
    now,
  });
  return {
    redemptionCodes: createRedemptionCodes({
      store: memoryCodes(owed),
      digest: createKeyedDigest(Buffer.alloc(32, 1), 'test'),
      grants: owedGrants,
      countTry: async () => undefined,
      randomBytes,
      newId,
      now,
    }),
    customers: {
      ...customers,
      grantLists: createGrantLists({
        customers: customers.named,
        owed,
        grants: owedGrants,
        now,
      }),
      create: async (wanted) => {
        const made = await customers.create(wanted);
        if (made.owed === undefined) return { ...made, grant: undefined };
        await owedGrants.giveNow([made.owed]);
        return { ...made, grant: await owedGrants.grantOf(made.owed) };
      },
      give: async (wanted) => {
        const given = await giveOne(wanted);
        return { grant: await owedGrants.grantOf(given.owed), isNew: given.isNew };
      },
    },
  };
}
