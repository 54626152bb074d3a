import type { RawBuilder } from 'kysely';
import { sql } from 'kysely';
import type { CallFate, CallOutcome, CallRecord, IdempotentCallStore, NewCall } from '../../identity/call-ports.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { StoreDatabase } from '../database.ts';
import { orNull, orUndefined } from '../engine.ts';
import { statementParts } from '../statement-parts.ts';
import { createStoreTime, type StoreTime } from '../store-time.ts';
import type { Reading } from './within-organization.ts';

/** Calls that are to be made once, in the store. */
export function createIdempotentCallStore(database: StoreDatabase, clock: Clock): IdempotentCallStore {
  const time = createStoreTime(database, clock);
  return {
    ...claims(database, time),
    ...leases(database, time),
    fateOf: (organizationId, recordId) =>
      database.within(organizationId).readTogether((view) => readFate(view, organizationId, recordId)),
    removeExpired: (limit) =>
      database.write(async (transaction) => {
        const { numDeletedRows } = await transaction
          .deleteFrom('idempotent_calls')
          .where('id', 'in', (query) =>
            query
              .selectFrom('idempotent_calls')
              .select('id')
              .where('expires_at', '<=', time.now())
              .orderBy('expires_at')
              .limit(limit),
          )
          .executeTakeFirstOrThrow();
        return Number(numDeletedRows);
      }),
  };
}

function claims(
  database: StoreDatabase,
  time: StoreTime,
): Pick<IdempotentCallStore, 'take' | 'takeOver' | 'finish' | 'free'> {
  return {
    take: (call) =>
      database.within(call.organizationId).write(async (transaction) => {
        const fresh = freshColumns(call, time);
        const { numInsertedOrUpdatedRows = 0n } = await transaction
          .insertInto('idempotent_calls')
          .values({ id: call.id, ...fresh })
          // Who comes second waits for the first one's commit, and finds its row.
          .onConflict((conflict) =>
            conflict.column('id').doUpdateSet(fresh).where('idempotent_calls.expires_at', '<=', time.now()),
          )
          .executeTakeFirstOrThrow();
        if (numInsertedOrUpdatedRows > 0n) return undefined;
        const row = await transaction
          .selectFrom('idempotent_calls')
          .select(['fingerprint', 'record_id', 'outcome', 'sealed'])
          .select(isOver(time).as('is_over'))
          .where('id', '=', call.id)
          .where('organization_id', '=', call.organizationId)
          .executeTakeFirstOrThrow();
        return {
          fingerprint: row.fingerprint,
          recordId: row.record_id,
          state: stateOf(row.outcome, Number(row.is_over) === 1),
          sealed: orUndefined(row.sealed),
        };
      }),
    takeOver: (call, deadRecordId) =>
      database.within(call.organizationId).write(async (transaction) => {
        const { numUpdatedRows } = await transaction
          .updateTable('idempotent_calls')
          .set(freshColumns(call, time))
          .where('id', '=', call.id)
          .where('organization_id', '=', call.organizationId)
          .where('record_id', '=', deadRecordId)
          .where('outcome', 'is', null)
          .where('lease_until', '<=', time.now())
          .executeTakeFirstOrThrow();
        return numUpdatedRows > 0n;
      }),
    finish: ({ id, organizationId, recordId }, outcome, sealed) =>
      database.within(organizationId).write(async (transaction) => {
        await transaction
          .updateTable('idempotent_calls')
          .set({ outcome, sealed: orNull(sealed) })
          .where('id', '=', id)
          .where('organization_id', '=', organizationId)
          .where('record_id', '=', recordId)
          .execute();
      }),
    free: ({ id, organizationId, recordId }) =>
      database.within(organizationId).write(async (transaction) => {
        await transaction
          .deleteFrom('idempotent_calls')
          .where('id', '=', id)
          .where('organization_id', '=', organizationId)
          .where('record_id', '=', recordId)
          .where('outcome', 'is', null)
          .execute();
      }),
  };
}

/** Of whatever organization: a process prolongs what it runs, and is brought in after its death, as the installation's. */
function leases(database: StoreDatabase, time: StoreTime): Pick<IdempotentCallStore, 'renew' | 'endLeasesOf'> {
  return {
    renew: (held, leaseMs) =>
      database.write(async (transaction) => {
        const renewed: string[] = [];
        for (const part of statementParts(held)) {
          const ids = part.map(({ id }) => id);
          const recordIds = part.map(({ recordId }) => recordId);
          const rows = await transaction
            .updateTable('idempotent_calls')
            .set({ lease_until: time.later(leaseMs) })
            .where('id', 'in', ids)
            .where('record_id', 'in', recordIds)
            .where('outcome', 'is', null)
            .returning('record_id')
            .execute();
          renewed.push(...rows.map((row) => row.record_id));
        }
        return renewed;
      }),
    endLeasesOf: (instanceId) =>
      database.write(async (transaction) => {
        await transaction
          .updateTable('idempotent_calls')
          .set({ lease_until: time.now() })
          .where('instance_id', '=', instanceId)
          .where('outcome', 'is', null)
          .execute();
      }),
  };
}

function freshColumns(call: NewCall, time: StoreTime) {
  return {
    organization_id: call.organizationId,
    project_id: call.projectId,
    fingerprint: call.fingerprint,
    record_id: call.recordId,
    instance_id: call.instanceId,
    lease_until: time.later(call.leaseMs),
    expires_at: time.later(call.keptMs),
    outcome: null,
    sealed: null,
  };
}

function isOver(time: StoreTime): RawBuilder<number> {
  return sql<number>`CASE WHEN lease_until <= ${time.now()} THEN 1 ELSE 0 END`;
}

function stateOf(outcome: string | null, isDead: boolean): CallRecord['state'] {
  if (outcome === null) return isDead ? 'dead' : 'running';
  // Only an outcome is ever written to this column.
  return outcome as CallOutcome;
}

/** By the call's record, else by its charge; credit that is still held may be charged yet. */
async function readFate(view: Reading, organizationId: string, recordId: string): Promise<CallFate> {
  const record = await view
    .selectFrom('usage_records')
    .select('usage_basis')
    .where('organization_id', '=', organizationId)
    .where('id', '=', recordId)
    .executeTakeFirst();
  if (record !== undefined) return record.usage_basis === null ? 'unused' : 'used';
  const charge = await view
    .selectFrom('ledger_charges')
    .select('state')
    .where('organization_id', '=', organizationId)
    .where('id', '=', recordId)
    .executeTakeFirst();
  if (charge !== undefined) return charge.state === 'released' ? 'unused' : 'used';
  const hold = await view
    .selectFrom('ledger_holds')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where('id', '=', recordId)
    .executeTakeFirst();
  return hold === undefined ? 'unknown' : 'used';
}
