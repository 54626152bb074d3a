import type { Insertable, Selectable } from 'kysely';
import type { ServiceAccountStore } from '../../identity/people-ports.ts';
import type { Role, ServiceAccount } from '../../protocol/people.ts';
import type { StoreDatabase } from '../database.ts';
import { changeConfiguration } from '../database.ts';
import type { ServiceAccountTable } from '../schema.ts';
import {
  assertRevision,
  countOf,
  disownVirtualKeys,
  found,
  holdOrganization,
  isNameTaken,
  type Reading,
  revokeVirtualKeys,
  unchangedSince,
} from './within-organization.ts';

/** Service accounts in the store. */
export function createServiceAccountStore(database: StoreDatabase): ServiceAccountStore {
  return {
    insert: (account, { check }) =>
      database.within(account.organizationId).write(async (transaction) => {
        const { organizationId, name } = account;
        await holdOrganization(transaction, organizationId);
        const count = await countOf(transaction, 'service_accounts', organizationId);
        check({ count, isNameTaken: await isNameTaken(transaction, 'service_accounts', { organizationId, name }) });
        await transaction.insertInto('service_accounts').values(toColumns(account)).execute();
      }),
    get: (organizationId, id) => database.within(organizationId).read((reading) => get(reading, organizationId, id)),
    list: (organizationId, { limit, afterId }) =>
      database.within(organizationId).read(async (reading) => {
        let query = reading
          .selectFrom('service_accounts')
          .selectAll()
          .where('organization_id', '=', organizationId)
          .orderBy('id')
          .limit(limit);
        if (afterId !== undefined) query = query.where('id', '>', afterId);
        return (await query.execute()).map(toServiceAccount);
      }),
    update: (organizationId, { id, change }, { ifRevision, check }) =>
      changeConfiguration(database.within(organizationId), async (transaction) => {
        await holdOrganization(transaction, organizationId);
        const before = found(await get(transaction, organizationId, id));
        assertRevision(before, ifRevision);
        const { name } = change;
        const isTaken = await isNameTaken(transaction, 'service_accounts', { organizationId, name, exceptId: id });
        check({ before, isNameTaken: isTaken });
        const row = await transaction
          .updateTable('service_accounts')
          .set((account) => ({ revision: account('revision', '+', 1), ...change }))
          .where('organization_id', '=', organizationId)
          .where('id', '=', id)
          .where('revision', '=', before.revision)
          .returningAll()
          .executeTakeFirst();
        return { before, after: toServiceAccount(unchangedSince(row)) };
      }),
    remove: (organizationId, { id, at }, { ifRevision, check }) =>
      changeConfiguration(database.within(organizationId), async (transaction) => {
        await holdOrganization(transaction, organizationId);
        const before = found(await get(transaction, organizationId, id));
        assertRevision(before, ifRevision);
        check(before);
        await revokeVirtualKeys(transaction, { organizationId, column: 'service_account_id', value: id }, at);
        await disownVirtualKeys(transaction, 'service_account_id', id);
        // Its management keys go with it.
        const row = await transaction
          .deleteFrom('service_accounts')
          .where('organization_id', '=', organizationId)
          .where('id', '=', id)
          .where('revision', '=', before.revision)
          .returningAll()
          .executeTakeFirst();
        return toServiceAccount(unchangedSince(row));
      }),
  };
}

async function get(reading: Reading, organizationId: string, id: string): Promise<ServiceAccount | undefined> {
  const row = await reading
    .selectFrom('service_accounts')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .executeTakeFirst();
  return row && toServiceAccount(row);
}

function toServiceAccount(row: Selectable<ServiceAccountTable>): ServiceAccount {
  return {
    id: row.id,
    organizationId: row.organization_id,
    name: row.name,
    // Only a Role and a service account's state are ever written to these columns.
    role: row.role as Role,
    state: row.state as ServiceAccount['state'],
    createdAt: row.created_at,
    revision: row.revision,
  };
}

function toColumns(account: ServiceAccount): Insertable<ServiceAccountTable> {
  return {
    id: account.id,
    organization_id: account.organizationId,
    name: account.name,
    role: account.role,
    state: account.state,
    created_at: account.createdAt,
    revision: account.revision,
  };
}
