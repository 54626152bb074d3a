import { type NanoCredits, nanoCredits } from '../kernel/money.ts';
import type { NewJob } from '../ledger/ports.ts';
import type {
  AccountId,
  AwaitedJob,
  ChargeState,
  EntryKind,
  Grant,
  GrantKind,
  HeldShare,
  Hold,
  LedgerCharge,
  LedgerEntry,
  UsedLater,
} from '../protocol/ledger.ts';
import type { Operation } from '../protocol/operation.ts';
import { NO_USAGE } from '../protocol/usage.ts';
import { fromJsonText, orNull, orUndefined, stringList, timeOrUndefined, toJsonText } from './engine.ts';
import type {
  AwaitedJobTable,
  LedgerChargeTable,
  LedgerEntryTable,
  LedgerGrantTable,
  LedgerHoldTable,
} from './ledger-schema.ts';
import type { Columns, ColumnType } from './many-rows.ts';
import type { PackedValue } from './rollup-columns.ts';

/** How the rows of the ledger lie in their tables: the columns in order, each with its type, and how to read them back. */

export type LedgerColumns<Table> = readonly (readonly [keyof Table & string, ColumnType])[];

export const GRANT_COLUMNS = [
  ['id', 'TEXT'],
  ['organization_id', 'TEXT'],
  ['account_id', 'TEXT'],
  ['kind', 'TEXT'],
  ['name', 'TEXT'],
  ['issued_nano', 'NANO'],
  ['remaining_nano', 'NANO'],
  ['held_nano', 'NANO'],
  ['priority', 'BIGINT'],
  ['expires_at', 'BIGINT'],
  ['models', 'TEXT'],
  ['project_ids', 'TEXT'],
  ['created_at', 'BIGINT'],
] as const satisfies LedgerColumns<LedgerGrantTable>;

export const HOLD_COLUMNS = [
  ['id', 'TEXT'],
  ['organization_id', 'TEXT'],
  ['project_id', 'TEXT'],
  ['amount_nano', 'NANO'],
  ['fallback_nano', 'NANO'],
  ['shares', 'TEXT'],
  ['placed_at', 'BIGINT'],
  ['dispatched_at', 'BIGINT'],
  ['expires_at', 'BIGINT'],
  ['instance_id', 'TEXT'],
  ['terms', 'TEXT'],
  ['awaits_job_since', 'BIGINT'],
] as const satisfies LedgerColumns<LedgerHoldTable>;

export const JOB_COLUMNS = [
  ['id', 'TEXT'],
  ['organization_id', 'TEXT'],
  ['project_id', 'TEXT'],
  ['operation', 'TEXT'],
  ['connection_id', 'TEXT'],
  ['credential_id', 'TEXT'],
  ['upstream_id', 'TEXT'],
  ['upstream_model', 'TEXT'],
  ['started_at', 'BIGINT'],
  ['asked', 'TEXT'],
  ['next_ask_at', 'BIGINT'],
] as const satisfies LedgerColumns<AwaitedJobTable>;

export const CHARGE_COLUMNS = [
  ['id', 'TEXT'],
  ['organization_id', 'TEXT'],
  ['project_id', 'TEXT'],
  ['account_ids', 'TEXT'],
  ['state', 'TEXT'],
  ['amount_nano', 'NANO'],
  ['held_nano', 'NANO'],
  ['overrun_nano', 'NANO'],
  ['terms', 'TEXT'],
  ['basis', 'TEXT'],
  ['ended_at', 'BIGINT'],
  ['used', 'TEXT'],
] as const satisfies LedgerColumns<LedgerChargeTable>;

export const ENTRY_COLUMNS = [
  ['id', 'TEXT'],
  ['organization_id', 'TEXT'],
  ['account_id', 'TEXT'],
  ['grant_id', 'TEXT'],
  ['kind', 'TEXT'],
  ['amount_nano', 'NANO'],
  ['charge_id', 'TEXT'],
  ['at', 'BIGINT'],
  ['actor_id', 'TEXT'],
  ['reason', 'TEXT'],
] as const satisfies LedgerColumns<LedgerEntryTable>;

/** A row as it is read, its amounts as text. */
export type ReadRow<Table> = {
  readonly [Column in keyof Table]: Column extends `${string}_nano` ? string : Table[Column];
};

/** The columns as they are read; see {@link ReadRow}. */
export function listedColumns(columns: Columns, of: string): string {
  return columns
    .map(([name, kind]) => (kind === 'NANO' ? `CAST(${of}.${name} AS TEXT) AS ${name}` : `${of}.${name}`))
    .join(', ');
}

/** Values that were read as {@link listedColumns}, by their names. */
export function namedRow<Table>(columns: LedgerColumns<Table>, values: readonly unknown[]): ReadRow<Table> {
  const row: Record<string, unknown> = {};
  for (const [index, [name]] of columns.entries()) row[name] = values[index];
  // The statement has selected these columns in this order.
  return row as ReadRow<Table>;
}

export function packGrant(grant: Grant): readonly PackedValue[] {
  return [
    grant.id,
    grant.organizationId,
    grant.accountId,
    grant.kind,
    grant.name,
    String(grant.issuedNano),
    String(grant.remainingNano),
    String(grant.heldNano),
    grant.priority,
    orNull(grant.expiresAt),
    grant.models === undefined ? null : toJsonText(grant.models),
    grant.projectIds === undefined ? null : toJsonText(grant.projectIds),
    grant.createdAt,
  ];
}

export function toGrant(row: ReadRow<LedgerGrantTable>): Grant {
  return {
    id: row.id,
    organizationId: row.organization_id,
    // What these columns hold was written by packGrant.
    accountId: row.account_id as AccountId,
    kind: row.kind as GrantKind,
    name: row.name,
    issuedNano: nano(row.issued_nano),
    remainingNano: nano(row.remaining_nano),
    heldNano: nano(row.held_nano),
    priority: Number(row.priority),
    expiresAt: timeOrUndefined(row.expires_at),
    models: stringList(row.models),
    projectIds: stringList(row.project_ids),
    createdAt: Number(row.created_at),
  };
}

export function packHold(hold: Hold): readonly PackedValue[] {
  return [
    hold.id,
    hold.organizationId,
    hold.projectId,
    String(hold.amountNano),
    String(hold.fallbackNano),
    toJsonText(hold.shares.map(({ accountId, grantId, nano: held }) => [accountId, grantId, String(held)])),
    hold.placedAt,
    orNull(hold.dispatchedAt),
    hold.expiresAt,
    hold.instanceId,
    hold.terms,
    orNull(hold.awaitsJobSince),
  ];
}

export function toHold(row: ReadRow<LedgerHoldTable>): Hold {
  return {
    id: row.id,
    organizationId: row.organization_id,
    projectId: row.project_id,
    amountNano: nano(row.amount_nano),
    fallbackNano: nano(row.fallback_nano),
    shares: sharesOf(row.shares),
    placedAt: Number(row.placed_at),
    dispatchedAt: timeOrUndefined(row.dispatched_at),
    awaitsJobSince: timeOrUndefined(row.awaits_job_since),
    expiresAt: Number(row.expires_at),
    instanceId: row.instance_id,
    terms: row.terms,
  };
}

export function packJob({ job, nextAskAt }: NewJob): readonly PackedValue[] {
  return [
    job.id,
    job.organizationId,
    job.projectId,
    job.operation,
    job.connectionId,
    orNull(job.credentialId),
    job.upstreamId,
    job.upstreamModel,
    job.startedAt,
    job.asked,
    nextAskAt,
  ];
}

export function toJob(row: Omit<AwaitedJobTable, 'next_ask_at'>): AwaitedJob {
  return {
    id: row.id,
    organizationId: row.organization_id,
    projectId: row.project_id,
    // Only an operation is ever written to this column.
    operation: row.operation as Operation,
    connectionId: row.connection_id,
    credentialId: orUndefined(row.credential_id),
    upstreamId: row.upstream_id,
    upstreamModel: row.upstream_model,
    startedAt: Number(row.started_at),
    asked: row.asked,
  };
}

function sharesOf(text: string): readonly HeldShare[] {
  // The column holds what packHold wrote.
  const shares = fromJsonText(text) as unknown as readonly (readonly [AccountId, string, string])[];
  return shares.map(([accountId, grantId, held]) => ({ accountId, grantId, nano: nano(held) }));
}

export function packCharge(charge: LedgerCharge): readonly PackedValue[] {
  return [
    charge.id,
    charge.organizationId,
    charge.projectId,
    toJsonText(charge.accountIds),
    charge.state,
    String(charge.amountNano),
    String(charge.heldNano),
    String(charge.overrunNano),
    charge.terms,
    charge.basis,
    charge.endedAt,
    charge.used === undefined ? null : toJsonText(charge.used),
  ];
}

export function toCharge(row: ReadRow<LedgerChargeTable>): LedgerCharge {
  return {
    id: row.id,
    organizationId: row.organization_id,
    projectId: row.project_id,
    // What these columns hold was written by packCharge.
    accountIds: (stringList(row.account_ids) ?? []) as readonly AccountId[],
    state: row.state as ChargeState,
    amountNano: nano(row.amount_nano),
    heldNano: nano(row.held_nano),
    overrunNano: nano(row.overrun_nano),
    terms: row.terms,
    basis: row.basis,
    endedAt: Number(row.ended_at),
    used: row.used === null ? undefined : usedOf(row.used),
  };
}

function usedOf(text: string): UsedLater {
  // The column holds what packCharge wrote, without what nobody said.
  const { usage, usageBasis, made } = fromJsonText(text) as unknown as UsedLater;
  return { usage: { ...NO_USAGE, ...usage }, usageBasis, made };
}

export function packEntry(entry: LedgerEntry): readonly PackedValue[] {
  return [
    entry.id,
    entry.organizationId,
    entry.accountId,
    entry.grantId,
    entry.kind,
    String(entry.amountNano),
    orNull(entry.chargeId),
    entry.at,
    orNull(entry.actorId),
    orNull(entry.reason),
  ];
}

export function toEntry(row: ReadRow<LedgerEntryTable>): LedgerEntry {
  return {
    id: row.id,
    organizationId: row.organization_id,
    // What these columns hold was written by packEntry.
    accountId: row.account_id as AccountId,
    grantId: row.grant_id,
    kind: row.kind as EntryKind,
    amountNano: nano(row.amount_nano),
    chargeId: orUndefined(row.charge_id),
    at: Number(row.at),
    actorId: orUndefined(row.actor_id),
    reason: orUndefined(row.reason),
  };
}

function nano(text: string): NanoCredits {
  return nanoCredits(BigInt(text));
}
