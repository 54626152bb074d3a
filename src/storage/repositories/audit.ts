import type { ExpressionBuilder, Selectable } from 'kysely';
import { sql } from 'kysely';
import type { AuditFilter, AuditStore } from '../../audit/ports.ts';
import type { AuditEntry } from '../../protocol/audit.ts';
import type { StoreDatabase } from '../database.ts';
import { orNull, orUndefined } from '../engine.ts';
import type { AuditTable, Schema } from '../schema.ts';
import { ofOrganization } from './tenant-scope.ts';

/** The audit log in the store. The head's row is what appends wait for. */
export function createAuditStore(database: StoreDatabase): AuditStore {
  return {
    append: (entry, chain) =>
      database.write(async (transaction) => {
        // Taking the next number locks the head until the commit, so that the chain never forks.
        const { sequence, digest: previousDigest } = await transaction
          .updateTable('audit_head')
          .set({ sequence: sql<number>`sequence + 1` })
          .returning(['sequence', 'digest'])
          .executeTakeFirstOrThrow();
        const placed = { ...entry, sequence, previousDigest };
        const digest = chain(placed);
        await transaction
          .insertInto('audit_entries')
          .values(toColumns({ ...placed, digest }))
          .execute();
        await transaction.updateTable('audit_head').set({ digest }).execute();
      }),
    acts: (filter, page) => acts(database, filter, page),
    entriesAfter: (sequence, limit) =>
      database.read(async (reading) => {
        const rows = await reading
          .selectFrom('audit_entries')
          .selectAll()
          .where('sequence', '>', sequence)
          .orderBy('sequence')
          .limit(limit)
          .execute();
        return rows.map(toEntry);
      }),
    head: () =>
      database.read((reading) =>
        reading.selectFrom('audit_head').select(['sequence', 'digest']).executeTakeFirstOrThrow(),
      ),
  };
}

async function acts(
  database: StoreDatabase,
  filter: AuditFilter,
  { limit, beforeSequence }: Parameters<AuditStore['acts']>[1],
): ReturnType<AuditStore['acts']> {
  const { organizationId } = filter;
  const scope = organizationId === undefined ? database : database.within(organizationId);
  return await scope.readTogether(async (view) => {
    let query = view
      .selectFrom('audit_entries')
      .selectAll()
      .where('phase', '=', 'begun')
      .where((row) => matching(row, filter))
      .orderBy('sequence', 'desc')
      .limit(limit);
    if (beforeSequence !== undefined) query = query.where('sequence', '<', beforeSequence);
    const begun = (await query.execute()).map(toEntry);
    if (begun.length === 0) return [];
    const ids = begun.map(({ actId }) => actId);
    const ends = await view
      .selectFrom('audit_entries')
      .selectAll()
      .where('act_id', 'in', ids)
      .where('phase', '=', 'ended')
      .execute();
    const endOf = new Map(ends.map((row) => [row.act_id, toEntry(row)]));
    return begun.map((entry) => ({ begun: entry, ended: endOf.get(entry.actId) }));
  });
}

/** What an act ended with counts for it: whose it turned out to be, and what it was about. */
function matching(row: ExpressionBuilder<Schema, 'audit_entries'>, filter: AuditFilter) {
  const ended = (column: 'actor_id' | 'target_id', value: string) =>
    row(
      'act_id',
      'in',
      row.selectFrom('audit_entries as other').select('other.act_id').where(`other.${column}`, '=', value),
    );
  const conditions = [
    filter.organizationId === undefined ? undefined : ofOrganization({ organizationId: filter.organizationId }),
    filter.actorId === undefined ? undefined : ended('actor_id', filter.actorId),
    filter.action === undefined ? undefined : row('action', '=', filter.action),
    filter.targetId === undefined ? undefined : ended('target_id', filter.targetId),
    filter.fromMs === undefined ? undefined : row('at', '>=', filter.fromMs),
    filter.toMs === undefined ? undefined : row('at', '<', filter.toMs),
  ];
  return row.and(conditions.filter((condition) => condition !== undefined));
}

function toEntry(row: Selectable<AuditTable>): AuditEntry {
  return {
    sequence: row.sequence,
    id: row.id,
    actId: row.act_id,
    // Words of closed unions are only ever written from the same types.
    phase: row.phase as AuditEntry['phase'],
    at: row.at,
    organizationId: orUndefined(row.organization_id),
    actorKind: row.actor_kind as AuditEntry['actorKind'],
    actorId: orUndefined(row.actor_id),
    action: row.action,
    targetKind: orUndefined(row.target_kind),
    targetId: orUndefined(row.target_id),
    outcome: orUndefined(row.outcome) as AuditEntry['outcome'],
    errorCode: orUndefined(row.error_code),
    before: orUndefined(row.before_values),
    after: orUndefined(row.after_values),
    requestId: orUndefined(row.request_id),
    originDigest: orUndefined(row.origin_digest),
    address: orUndefined(row.address),
    userAgent: orUndefined(row.user_agent),
    previousDigest: row.previous_digest,
    digest: row.digest,
  };
}

function toColumns(entry: AuditEntry): AuditTable {
  return {
    sequence: entry.sequence,
    id: entry.id,
    act_id: entry.actId,
    phase: entry.phase,
    at: entry.at,
    organization_id: orNull(entry.organizationId),
    actor_kind: entry.actorKind,
    actor_id: orNull(entry.actorId),
    action: entry.action,
    target_kind: orNull(entry.targetKind),
    target_id: orNull(entry.targetId),
    outcome: orNull(entry.outcome),
    error_code: orNull(entry.errorCode),
    before_values: orNull(entry.before),
    after_values: orNull(entry.after),
    request_id: orNull(entry.requestId),
    origin_digest: orNull(entry.originDigest),
    address: orNull(entry.address),
    user_agent: orNull(entry.userAgent),
    previous_digest: entry.previousDigest,
    digest: entry.digest,
  };
}
