import type { RawBuilder, Selectable } from 'kysely';
import { sql } from 'kysely';
import type { AccessRuleStore, RuleKey } from '../../policy/ports.ts';
import type { AccessLists, AccessRule, RuleScope } from '../../protocol/people.ts';
import type { StoreDatabase } from '../database.ts';
import { changeConfiguration } from '../database.ts';
import { stringList, toJsonText } from '../engine.ts';
import type { AccessRuleTable } from '../schema.ts';

type NewRule = Parameters<AccessRuleStore['put']>[0];

/** Access rules in the store. */
export function createAccessRuleStore(database: StoreDatabase): AccessRuleStore {
  return {
    list: (organizationId) =>
      database.within(organizationId).read(async (reading) => {
        const rows = await reading
          .selectFrom('access_rules')
          .selectAll()
          .where('organization_id', '=', organizationId)
          .orderBy('id')
          .execute();
        return rows.map(toAccessRule);
      }),
    get: (key) =>
      database.within(key.organizationId).read(async (reading) => {
        const row = await reading.selectFrom('access_rules').selectAll().where(isOn(key)).executeTakeFirst();
        return row === undefined ? undefined : toAccessRule(row);
      }),
    put: (rule, revision) =>
      changeConfiguration(
        database.within(rule.organizationId),
        async (transaction) => {
          const columns = { ...toColumns(rule), updated_at: rule.updatedAt };
          const row =
            revision === undefined
              ? await transaction
                  .insertInto('access_rules')
                  .values({ ...keyColumns(rule), ...columns, revision: 1 })
                  .onConflict((conflict) => conflict.doNothing())
                  .returningAll()
                  .executeTakeFirst()
              : await transaction
                  .updateTable('access_rules')
                  .set({ ...columns, revision: revision + 1 })
                  .where(isOn(rule))
                  .where('revision', '=', revision)
                  .returningAll()
                  .executeTakeFirst();
          return row === undefined ? undefined : toAccessRule(row);
        },
        (stored) => stored !== undefined,
      ),
    remove: (key, revision) =>
      changeConfiguration(
        database.within(key.organizationId),
        async (transaction) => {
          const { numDeletedRows } = await transaction
            .deleteFrom('access_rules')
            .where(isOn(key))
            .where('revision', '=', revision)
            .executeTakeFirstOrThrow();
          return numDeletedRows > 0n;
        },
        Boolean,
      ),
  };
}

/** The condition that every query for one rule carries: its organization's and nobody else's. */
function isOn({ organizationId, scope, scopeId }: RuleKey): RawBuilder<boolean> {
  return sql<boolean>`organization_id = ${organizationId} AND scope = ${scope} AND scope_id = ${scopeId}`;
}

function keyColumns({ organizationId, scope, scopeId }: RuleKey) {
  const id = `${organizationId} ${scope} ${scopeId}`;
  return { id, organization_id: organizationId, scope, scope_id: scopeId };
}

function toColumns(lists: NewRule) {
  const text = (list: AccessLists[keyof AccessLists]): string | null => (list === undefined ? null : toJsonText(list));
  return {
    allowed_models: text(lists.allowedModels),
    denied_models: text(lists.deniedModels),
    allowed_providers: text(lists.allowedProviders),
    denied_providers: text(lists.deniedProviders),
    allowed_regions: text(lists.allowedRegions),
    denied_regions: text(lists.deniedRegions),
  };
}

/** A stored row → access rule. */
export function toAccessRule(row: Selectable<AccessRuleTable>): AccessRule {
  return {
    organizationId: row.organization_id,
    // Only a RuleScope is ever written to this column.
    scope: row.scope as RuleScope,
    scopeId: row.scope_id,
    allowedModels: stringList(row.allowed_models),
    deniedModels: stringList(row.denied_models),
    allowedProviders: stringList(row.allowed_providers),
    deniedProviders: stringList(row.denied_providers),
    allowedRegions: stringList(row.allowed_regions),
    deniedRegions: stringList(row.denied_regions),
    updatedAt: row.updated_at,
    revision: row.revision,
  };
}
