import type { Transaction } from 'kysely';
import { GatewayError } from '../../kernel/errors.ts';
import type { ModelFacts, ModelRow, NewModelPolicy } from '../../protocol/configuration.ts';
import type { Tenant } from '../../protocol/tenant.ts';
import type { ModelStore } from '../../providers/ports.ts';
import type { StoreDatabase } from '../database.ts';
import { changeConfiguration } from '../database.ts';
import { fromJsonText, orNull, orUndefined, toJsonText } from '../engine.ts';
import type { ModelTable, Schema } from '../schema.ts';
import { statementParts } from '../statement-parts.ts';
import { removeRow } from './remove-row.ts';
import { ofTenant } from './tenant-scope.ts';

type Reconciliation = Parameters<ModelStore['reconcile']>[1];
type Outcome = Awaited<ReturnType<ModelStore['reconcile']>>;

/** Models of connections in the store. */
export function createModelStore(database: StoreDatabase): ModelStore {
  return {
    list: (tenant, connectionId) =>
      database.within(tenant.organizationId).read(async (reading) => {
        const rows = await reading
          .selectFrom('models')
          .selectAll()
          .where(ofTenant(tenant))
          .where('connection_id', '=', connectionId)
          .orderBy('upstream_model')
          .execute();
        return rows.map(toModel);
      }),
    get: (tenant, id) =>
      database.within(tenant.organizationId).read(async (reading) => {
        const row = await reading
          .selectFrom('models')
          .selectAll()
          .where(ofTenant(tenant))
          .where('id', '=', id)
          .executeTakeFirst();
        return row === undefined ? undefined : toModel(row);
      }),
    async reconcile(tenant, input) {
      const { outcome } = await changeConfiguration(
        database.within(tenant.organizationId),
        (transaction) => reconcile(database, transaction, tenant, input),
        ({ noticeable }) => noticeable,
      );
      return outcome;
    },
    insert: (tenant, model) =>
      changeConfiguration(database.within(tenant.organizationId), async (transaction) => {
        await transaction.insertInto('models').values(toColumns(tenant, model)).execute();
      }),
    update: (tenant, id, change) =>
      changeConfiguration(
        database.within(tenant.organizationId),
        async (transaction) => {
          const { numUpdatedRows } = await transaction
            .updateTable('models')
            // The id keeps SET from being empty, whatever was given.
            .set({ id, state: change.state })
            .where(ofTenant(tenant))
            .where('id', '=', id)
            .executeTakeFirstOrThrow();
          return numUpdatedRows > 0n;
        },
        Boolean,
      ),
    remove: (tenant, id) => removeRow(database, 'models', { tenant, id }),
  };
}

async function reconcile(
  database: StoreDatabase,
  transaction: Transaction<Schema>,
  tenant: Tenant,
  input: Reconciliation,
): Promise<{ outcome: Outcome; noticeable: boolean }> {
  await lockConnection(database, transaction, tenant, input.connectionId);
  const known = await transaction
    .selectFrom('models')
    .selectAll()
    .where(ofTenant(tenant))
    .where('connection_id', '=', input.connectionId)
    .execute();
  const plan = planReconciliation(tenant, input, known);
  for (const part of statementParts(plan.inserted)) {
    await transaction.insertInto('models').values(part).execute();
  }
  for (const { id, facts } of plan.refreshed) {
    await transaction.updateTable('models').set({ facts }).where('id', '=', id).execute();
  }
  await updateAll(transaction, plan.seen, { last_seen_at: input.seenAt });
  await updateAll(transaction, plan.returned, { withdrawn_at: null });
  await updateAll(transaction, plan.withdrawn, { withdrawn_at: input.seenAt });
  const named = (rows: readonly ModelTable[]) => rows.map((row) => row.upstream_model);
  return {
    outcome: { added: named(plan.inserted), withdrawn: named(plan.withdrawn), returned: named(plan.returned) },
    noticeable: plan.inserted.length + plan.withdrawn.length + plan.returned.length + plan.refreshed.length > 0,
  };
}

/** Two refreshes of one connection take turns. SQLite's writers do so anyway. @throws GatewayError when it is gone. */
async function lockConnection(
  database: StoreDatabase,
  transaction: Transaction<Schema>,
  tenant: Tenant,
  connectionId: string,
): Promise<void> {
  const connection = await transaction
    .selectFrom('connections')
    .select('id')
    .where(ofTenant(tenant))
    .where('id', '=', connectionId)
    .$if(database.engine === 'postgres', (query) => query.forUpdate())
    .executeTakeFirst();
  if (connection === undefined) throw new GatewayError('resource.not_found');
}

type Plan = {
  readonly inserted: readonly ModelTable[];
  /** Known models about which the list now says something else. */
  readonly refreshed: readonly { readonly id: string; readonly facts: string }[];
  readonly seen: readonly ModelTable[];
  readonly returned: readonly ModelTable[];
  readonly withdrawn: readonly ModelTable[];
};

function planReconciliation(tenant: Tenant, input: Reconciliation, known: readonly ModelTable[]): Plan {
  const found = new Map(input.found.map((each) => [each.upstreamModel, toJsonText(each.facts)]));
  const knownNames = new Set(known.map((row) => row.upstream_model));
  const seen = known.filter((row) => found.has(row.upstream_model));
  const inserted: ModelTable[] = [];
  for (const [upstreamModel, facts] of found) {
    if (knownNames.has(upstreamModel)) continue;
    inserted.push({
      organization_id: tenant.organizationId,
      project_id: tenant.projectId,
      id: input.newId(),
      connection_id: input.connectionId,
      upstream_model: upstreamModel,
      state: input.state,
      origin: input.origin,
      facts,
      first_seen_at: input.seenAt,
      last_seen_at: input.seenAt,
      withdrawn_at: null,
    });
  }
  const refreshed = seen.flatMap((row) => {
    const facts = found.get(row.upstream_model);
    // What an operator entered by hand stays as it was entered.
    return row.origin === 'manual' || facts === undefined || facts === row.facts ? [] : [{ id: row.id, facts }];
  });
  return {
    inserted,
    refreshed,
    seen,
    returned: seen.filter((row) => row.withdrawn_at !== null),
    withdrawn: known.filter(
      (row) => row.origin !== 'manual' && row.withdrawn_at === null && !found.has(row.upstream_model),
    ),
  };
}

async function updateAll(
  transaction: Transaction<Schema>,
  rows: readonly ModelTable[],
  columns: Partial<Pick<ModelTable, 'last_seen_at' | 'withdrawn_at'>>,
): Promise<void> {
  for (const part of statementParts(rows)) {
    const ids = part.map((row) => row.id);
    await transaction.updateTable('models').set(columns).where('id', 'in', ids).execute();
  }
}

/** A stored row → model. */
export function toModel(row: ModelTable): ModelRow {
  return {
    organizationId: row.organization_id,
    projectId: row.project_id,
    id: row.id,
    connectionId: row.connection_id,
    upstreamModel: row.upstream_model,
    // Only a NewModelPolicy is ever written to this column.
    state: row.state as NewModelPolicy,
    // Only an origin is ever written to this column.
    origin: row.origin as ModelRow['origin'],
    facts: factsOf(row.facts),
    firstSeenAt: row.first_seen_at,
    lastSeenAt: row.last_seen_at,
    withdrawnAt: orUndefined(row.withdrawn_at),
  };
}

function factsOf(stored: string): ModelFacts {
  // The column holds the facts' own JSON, which leaves out what was not said; each is named again.
  const facts = fromJsonText(stored) as Partial<ModelFacts>;
  return {
    displayName: facts.displayName,
    contextTokens: facts.contextTokens,
    maxOutputTokens: facts.maxOutputTokens,
    inputModalities: facts.inputModalities,
    outputModalities: facts.outputModalities,
    embeddingDimensions: facts.embeddingDimensions,
    createdAt: facts.createdAt,
  };
}

function toColumns(tenant: Tenant, model: ModelRow): ModelTable {
  return {
    organization_id: tenant.organizationId,
    project_id: tenant.projectId,
    id: model.id,
    connection_id: model.connectionId,
    upstream_model: model.upstreamModel,
    state: model.state,
    origin: model.origin,
    facts: toJsonText(model.facts),
    first_seen_at: model.firstSeenAt,
    last_seen_at: model.lastSeenAt,
    withdrawn_at: orNull(model.withdrawnAt),
  };
}
