import { GatewayError } from '../kernel/errors.ts';

/** The store's schema does not fit this build; the hub must not start on it. `message` says what to do. */
export class StoreVersionError extends Error {
  readonly reason: 'newer' | 'changed';

  constructor(reason: 'newer' | 'changed', message: string) {
    super(message);
    this.name = 'StoreVersionError';
    this.reason = reason;
  }
}

/** A copy between stores was refused or undone; the message says why. The target is as it was. */
export class StoreCopyError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'StoreCopyError';
  }
}

/** An error of a SQLite worker, or of the way to it, with its code. */
export class SqliteThreadError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = 'SqliteThreadError';
    this.code = code;
  }
}

const CONFLICT = new Set(['SQLITE_CONSTRAINT_UNIQUE', 'SQLITE_CONSTRAINT_PRIMARYKEY', '23505']);
const MISSING_PARENT = new Set(['SQLITE_CONSTRAINT_FOREIGNKEY', '23503']);
const BAD_TEXT = new Set(['22021', '22P05']);

const UNAVAILABLE_SQLITE = /^SQLITE_(?:BUSY|LOCKED|IOERR|FULL|READONLY|CANTOPEN|CORRUPT|NOTADB|PROTOCOL|NOMEM)/;
/**
 * Connection, resource, operator and rollback classes, a server that only reads, a transaction that took too long, a lock
 * that was not to be had: https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const UNAVAILABLE_POSTGRES = /^(?:08|28|3D|40|53|57|58)[0-9A-Z]{3,4}$|^25(?:006|P03|P04)$|^55P03$/;
const UNAVAILABLE_SOCKET = /^(?:E(?:CONN|HOST|NET|TIMEDOUT|PIPE|NOTFOUND|AI_)|ENOENT$)/;
const UNAVAILABLE_THREAD = /^STORE_/;
/** What `pg` says without a code when a connection is gone or silent. */
const UNAVAILABLE_WORDS =
  /timeout exceeded when trying to connect|Connection terminated|Query read timeout|connection error|not queryable|after calling end|driver has already been destroyed/i;

/** True for "no such table", which is how a store that was never migrated answers. */
export function isMissingTable(thrown: unknown): boolean {
  return errorCode(thrown) === '42P01' || (thrown instanceof Error && thrown.message.startsWith('no such table'));
}

/** The error code of a driver, or the empty text. */
export function errorCode(thrown: unknown): string {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return '';
  return typeof thrown.code === 'string' ? thrown.code : '';
}

/**
 * What a driver threw → what callers may rely on: `resource.conflict`, `resource.not_found` (the row it belongs to is
 * gone or another tenant's), `request.invalid` (text the store cannot hold) or `hub.store_unavailable`, each with its
 * cause. Anything else is a programmer's error and comes back as it is.
 */
export function storeError(thrown: unknown): unknown {
  if (thrown instanceof GatewayError || thrown instanceof StoreVersionError) return thrown;
  const code = errorCode(thrown);
  if (CONFLICT.has(code)) return new GatewayError('resource.conflict', { cause: thrown });
  if (MISSING_PARENT.has(code)) return new GatewayError('resource.not_found', { cause: thrown });
  if (BAD_TEXT.has(code)) return new GatewayError('request.invalid', { cause: thrown });
  if (isUnavailable(code, thrown)) return new GatewayError('hub.store_unavailable', { cause: thrown });
  return thrown;
}

function isUnavailable(code: string, thrown: unknown): boolean {
  if (UNAVAILABLE_SQLITE.test(code) || UNAVAILABLE_POSTGRES.test(code)) return true;
  if (UNAVAILABLE_SOCKET.test(code) || UNAVAILABLE_THREAD.test(code)) return true;
  return code === '' && thrown instanceof Error && UNAVAILABLE_WORDS.test(thrown.message);
}

/** Runs store work and translates what it throws with {@link storeError}. */
export async function translated<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    throw storeError(thrown);
  }
}
