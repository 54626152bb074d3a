import type { Insertable, Selectable } from 'kysely';
import { sql } from 'kysely';
import { GatewayError } from '../../kernel/errors.ts';
import { type NanoUsd, nanoUsd } from '../../kernel/money.ts';
import type { CreditWorthStore, CustomerGroupStore, PriceRuleStore } from '../../metering/ports.ts';
import {
  type CustomerGroup,
  type CustomerGroupMember,
  type PriceRule,
  type RulePrice,
  scopeKey,
} from '../../protocol/price-rule.ts';
import { changeConfiguration, type StoreDatabase } from '../database.ts';
import { flag, isSet, orNull, orUndefined } from '../engine.ts';
import type { CustomerGroupMemberTable, CustomerGroupTable, PriceRuleTable } from '../price-schema.ts';
import { statementParts } from '../statement-parts.ts';
import { priceLinesText, readPriceLines } from './rate-cards.ts';
import type { Reading } from './within-organization.ts';

/** Rules of prices in the store. */
export function createPriceRuleStore(database: StoreDatabase): PriceRuleStore {
  return {
    list: () => database.read(readPriceRules),
    get: (id) =>
      database.read(async (view) => {
        const row = await view.selectFrom('price_rules').selectAll().where('id', '=', id).executeTakeFirst();
        return row && toPriceRule(row);
      }),
    add: (follow) =>
      changeConfiguration(
        database,
        async (transaction) => {
          const rules = follow(await readPriceRules(transaction));
          for (const part of statementParts(rules)) {
            const rows = part.map(toColumns);
            const { numInsertedOrUpdatedRows } = await transaction
              .insertInto('price_rules')
              .values(rows)
              .onConflict((conflict) => conflict.columns(['scope', 'version']).doNothing())
              .executeTakeFirstOrThrow();
            if (numInsertedOrUpdatedRows !== BigInt(rows.length)) throw new GatewayError('resource.changed');
          }
          return rules;
        },
        (rules) => rules.length > 0,
      ),
  };
}

/** Groups of customers in the store. */
export function createCustomerGroupStore(database: StoreDatabase): CustomerGroupStore {
  return {
    list: () =>
      database.read(async (view) => {
        const rows = await view.selectFrom('customer_groups').selectAll().orderBy('id').execute();
        return rows.map(toCustomerGroup);
      }),
    members: () => database.read(readCustomerGroupMembers),
    add: ({ id, name, createdAt }) =>
      changeConfiguration(database, async (transaction) => {
        await transaction.insertInto('customer_groups').values({ id, name, created_at: createdAt }).execute();
      }),
    rename: (id, name) =>
      changeConfiguration(
        database,
        async (transaction) => {
          const { numUpdatedRows } = await transaction
            .updateTable('customer_groups')
            .set({ name })
            .where('id', '=', id)
            .executeTakeFirstOrThrow();
          return numUpdatedRows > 0n;
        },
        Boolean,
      ),
    remove: (id) =>
      changeConfiguration(
        database,
        async (transaction) => {
          const member = await transaction
            .selectFrom('customer_group_members')
            .select('organization_id')
            .where('customer_group_id', '=', id)
            .executeTakeFirst();
          if (member !== undefined) return 'in-use';
          const { numDeletedRows } = await transaction
            .deleteFrom('customer_groups')
            .where('id', '=', id)
            .executeTakeFirstOrThrow();
          return numDeletedRows > 0n ? 'removed' : 'absent';
        },
        (outcome) => outcome === 'removed',
      ),
    assign: (organizationId, customerGroupId) =>
      changeConfiguration(database.within(organizationId), async (transaction) => {
        if (customerGroupId === undefined) {
          await transaction
            .deleteFrom('customer_group_members')
            .where('organization_id', '=', organizationId)
            .execute();
          return;
        }
        await transaction
          .insertInto('customer_group_members')
          .values({ organization_id: organizationId, customer_group_id: customerGroupId })
          .onConflict((conflict) =>
            conflict.column('organization_id').doUpdateSet({ customer_group_id: customerGroupId }),
          )
          .execute();
      }),
  };
}

/** What a credit is worth, in the store from when a hub first charges with it. */
export function createCreditWorthStore(database: StoreDatabase): CreditWorthStore {
  return {
    settled: () =>
      database.read(async (view) => {
        const row = await view.selectFrom('credit_worth').select('price_nano').executeTakeFirst();
        return row !== undefined && (await isCreditGiven(view)) ? nanoUsd(BigInt(row.price_nano)) : undefined;
      }),
    agree: (priceNano) =>
      database.write(async (transaction): Promise<NanoUsd> => {
        const row = await transaction.selectFrom('credit_worth').select('price_nano').executeTakeFirst();
        if (row !== undefined && BigInt(row.price_nano) === priceNano) return priceNano;
        if (row !== undefined && (await isCreditGiven(transaction))) return nanoUsd(BigInt(row.price_nano));
        await transaction
          .insertInto('credit_worth')
          .values({ id: 1, price_nano: priceNano })
          .onConflict((conflict) => conflict.column('id').doUpdateSet({ price_nano: priceNano }))
          .execute();
        return priceNano;
      }),
  };
}

async function isCreditGiven(view: Reading): Promise<boolean> {
  const { used } = await view
    .selectNoFrom(sql<number | boolean>`EXISTS (SELECT 1 FROM ledger_entries)`.as('used'))
    .executeTakeFirstOrThrow();
  return Boolean(used);
}

export async function readPriceRules(view: Reading): Promise<readonly PriceRule[]> {
  const rows = await view.selectFrom('price_rules').selectAll().orderBy('created_at').orderBy('id').execute();
  return rows.map(toPriceRule);
}

export async function readCustomerGroupMembers(view: Reading): Promise<readonly CustomerGroupMember[]> {
  const rows = await view.selectFrom('customer_group_members').selectAll().orderBy('organization_id').execute();
  return rows.map(toCustomerGroupMember);
}

function toCustomerGroup({ id, name, created_at }: Selectable<CustomerGroupTable>): CustomerGroup {
  return { id, name, createdAt: created_at };
}

function toCustomerGroupMember(row: Selectable<CustomerGroupMemberTable>): CustomerGroupMember {
  return { organizationId: row.organization_id, customerGroupId: row.customer_group_id };
}

function toPriceRule(row: Selectable<PriceRuleTable>): PriceRule {
  return {
    id: row.id,
    customerGroupId: orUndefined(row.customer_group_id),
    providerId: orUndefined(row.provider_id),
    model: orUndefined(row.model),
    version: row.version,
    effectiveFrom: row.effective_from,
    price: priceOf(row),
    isBelowCostAllowed: isSet(row.allows_below_cost),
    createdAt: row.created_at,
    actorId: orUndefined(row.actor_id),
    reason: orUndefined(row.reason),
  };
}

function priceOf({ margin_millionths, prices }: Selectable<PriceRuleTable>): RulePrice {
  if (prices !== null) return { kind: 'list', prices: readPriceLines(prices) };
  return margin_millionths === null ? { kind: 'none' } : { kind: 'margin', marginMillionths: margin_millionths };
}

function toColumns(rule: PriceRule): Insertable<PriceRuleTable> {
  const { price } = rule;
  return {
    id: rule.id,
    scope: scopeKey(rule),
    customer_group_id: orNull(rule.customerGroupId),
    provider_id: orNull(rule.providerId),
    model: orNull(rule.model),
    version: rule.version,
    effective_from: rule.effectiveFrom,
    margin_millionths: price.kind === 'margin' ? price.marginMillionths : null,
    prices: price.kind === 'list' ? priceLinesText(price.prices) : null,
    allows_below_cost: flag(rule.isBelowCostAllowed),
    created_at: rule.createdAt,
    actor_id: orNull(rule.actorId),
    reason: orNull(rule.reason),
  };
}
