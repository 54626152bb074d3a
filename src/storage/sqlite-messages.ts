import type { Done, Operation } from '../ledger/ports.ts';
import type { FoundRows, ManyRows } from './many-rows.ts';

/** What a SQLite column takes and gives. */
export type SqliteValue = string | number | bigint | null;

/** How a worker is to open the file, and the 32-bit count that rises and wakes it after each request. */
export type SqliteWorkerData = { readonly path: string; readonly role: SqliteRole; readonly signal: SharedArrayBuffer };

/** The writer creates and writes; the reader's connection is read-only. */
export type SqliteRole = 'writer' | 'reader';

/** A question to a SQLite worker; it is answered by one {@link SqliteReply} of the same id. */
export type SqliteRequest =
  | {
      readonly kind: 'query';
      readonly id: number;
      readonly sql: string;
      readonly parameters: readonly SqliteValue[];
      /** Reads integers as bigint, for copies that must not round. */
      readonly exact: boolean;
    }
  /** Several statements, one after the other, in one message. The reply holds what each has found. */
  | {
      readonly kind: 'script';
      readonly id: number;
      readonly statements: readonly ManyRows[];
    }
  /** Packed rows of record-columns.ts one after the other, in pairs (usage, request); all in one transaction. */
  | { readonly kind: 'commit'; readonly id: number; readonly packed: readonly SqliteValue[] }
  /** Operations on credit and packed rows as those of `commit`, all in one transaction. */
  | {
      readonly kind: 'ledger';
      readonly id: number;
      readonly operations: readonly Operation[];
      readonly packed: readonly SqliteValue[];
    }
  /** Ends the open transaction, if there is one. */
  | { readonly kind: 'rollback'; readonly id: number }
  | { readonly kind: 'close'; readonly id: number };

export type SqliteRow = Readonly<Record<string, SqliteValue>>;

export type SqliteReply =
  | {
      readonly id: number;
      readonly ok: true;
      readonly rows: readonly SqliteRow[];
      readonly changes: number;
      readonly found?: readonly FoundRows[];
      /** What came of the operations of `ledger`. */
      readonly done?: Done;
    }
  | { readonly id: number; readonly ok: false; readonly code: string; readonly message: string };

/** The id of the first reply, which says whether the file could be opened. */
export const OPENED_ID = 0;
