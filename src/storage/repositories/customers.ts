import { sql } from 'kysely';
import type { CustomerStore, NewCustomer } from '../../identity/people-ports.ts';
import type { Organization } from '../../protocol/people.ts';
import { changeConfiguration, type StoreDatabase } from '../database.ts';
import { wholeNumber } from '../engine.ts';
import { statementParts } from '../statement-parts.ts';
import { virtualKeyColumns } from './identity.ts';
import { organizationColumns, projectColumns } from './organization-store.ts';
import { toOrganization, toProject } from './organizations.ts';
import { writeOwed } from './owed-grants.ts';
import { contains, type Reading, type Writing } from './within-organization.ts';

/** Customers of a platform in the store: organizations that have an external id. */
export function createCustomerStore(database: StoreDatabase): CustomerStore {
  return {
    find: (externalId) => database.read((reading) => findCustomer(reading, externalId)),
    list: ({ limit, afterId, search }) =>
      database.read(async (reading) => {
        let query = reading
          .selectFrom('organizations')
          .selectAll()
          .where('external_id', 'is not', null)
          .orderBy('id')
          .limit(limit);
        if (afterId !== undefined) query = query.where('id', '>', afterId);
        if (search !== undefined) {
          query = query.where((row) =>
            row.or([contains(sql.ref('name'), search), contains(sql.ref('external_id'), search)]),
          );
        }
        return (await query.execute()).map(toOrganization);
      }),
    named: ({ organizationIds, externalIds }) =>
      database.read(async (reading) => {
        const found: Organization[] = [];
        const columns = [
          ['id', organizationIds],
          ['external_id', externalIds],
        ] as const;
        for (const [column, ids] of columns) {
          for (const some of statementParts(ids)) {
            const rows = await reading.selectFrom('organizations').selectAll().where(column, 'in', some).execute();
            found.push(...rows.map(toOrganization));
          }
        }
        return found;
      }),
    defaultProject: (organizationId) =>
      database.within(organizationId).read(async (reading) => {
        const row = await reading
          .selectFrom('projects')
          .selectAll()
          .where('organization_id', '=', organizationId)
          .where('is_default', '=', 1)
          .executeTakeFirst();
        return row && toProject(row);
      }),
    insert: (input, conditions) =>
      changeConfiguration(
        database,
        (transaction) => insert(transaction, input, conditions),
        ({ isNew }) => isNew,
      ),
  };
}

async function insert(
  transaction: Writing,
  { organization, project, key, owed }: NewCustomer,
  { check, checkOwed }: Parameters<CustomerStore['insert']>[1],
): ReturnType<CustomerStore['insert']> {
  const { count } = await transaction
    .selectFrom('organizations')
    .select((organizations) => organizations.fn.countAll().as('count'))
    .executeTakeFirstOrThrow();
  check(wholeNumber(count));
  const made = await transaction
    .insertInto('organizations')
    .values(organizationColumns(organization))
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst();
  if (made === undefined) {
    const there = await findCustomer(transaction, organization.externalId ?? '');
    if (there === undefined) throw new Error(`the organization ${organization.id} was made by somebody else`);
    return { isNew: false, organization: there };
  }
  await transaction.insertInto('projects').values(projectColumns(project)).execute();
  if (key !== undefined) await transaction.insertInto('virtual_keys').values(virtualKeyColumns(key, key)).execute();
  if (owed !== undefined) await writeOwed(transaction, [owed], checkOwed);
  return { isNew: true, organization };
}

async function findCustomer(reading: Reading, externalId: string): Promise<Organization | undefined> {
  const row = await reading
    .selectFrom('organizations')
    .selectAll()
    .where('external_id', '=', externalId)
    .executeTakeFirst();
  return row && toOrganization(row);
}
