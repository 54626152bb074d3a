import type { VirtualKeyRow } from '../../protocol/configuration.ts';
import type { Access } from '../../protocol/people.ts';
import type { ControlServices } from '../services.ts';

/** What nothing was done with for so long is told of. */
export const UNUSED_DAYS = 30;
const UNUSED_MS = UNUSED_DAYS * 86_400_000;
const PAGE = 500;
/** Keys that are looked at, the oldest first. */
const KEYS_READ_MAX = 5000;
/** Connections whose credentials are looked at. */
const CONNECTIONS_READ_MAX = 500;
/** Of a kind, those unused for longest. */
export const UNUSED_MAX = 100;

export type Unused = {
  readonly id: string;
  readonly name: string;
  readonly createdAt: number;
  /** `undefined`: never. */
  readonly lastUsedAt: number | undefined;
};
export type UnusedCredential = Unused & { readonly connectionId: string };

type Reader = Pick<ControlServices, 'keys' | 'connections' | 'credentials' | 'now'>;

/** Keys that the caller sees and that could be used, but were not for thirty days. */
export async function unusedKeys({ keys, now }: Reader, access: Access): Promise<readonly Unused[]> {
  const found: VirtualKeyRow[] = [];
  let cursor: string | undefined;
  for (let read = 0; read < KEYS_READ_MAX; read += PAGE) {
    const page = await keys.list(access, undefined, { limit: PAGE, cursor });
    found.push(...page.filter((key) => couldBeUsed(key, now())));
    cursor = page.at(-1)?.id;
    if (page.length < PAGE) break;
  }
  return unusedFirst(found, now());
}

function couldBeUsed({ enabled, revokedAt, expiresAt }: VirtualKeyRow, nowMs: number): boolean {
  return enabled && revokedAt === undefined && (expiresAt === undefined || expiresAt > nowMs);
}

/** Active credentials of connections that are switched on, not used for thirty days. */
export async function unusedCredentials(
  { connections, credentials, now }: Reader,
  access: Access,
): Promise<readonly UnusedCredential[]> {
  const found: UnusedCredential[] = [];
  const enabled = (await connections.list(access.tenant)).filter((connection) => connection.enabled);
  for (const connection of enabled.slice(0, CONNECTIONS_READ_MAX)) {
    const own = await credentials.list(access.tenant, connection.id);
    found.push(...own.filter(({ state }) => state === 'active'));
  }
  return unusedFirst(found, now());
}

function unusedFirst<Row extends Unused>(rows: readonly Row[], nowMs: number): readonly Row[] {
  const lastOf = ({ createdAt, lastUsedAt }: Row): number => lastUsedAt ?? createdAt;
  return rows
    .filter((row) => lastOf(row) < nowMs - UNUSED_MS)
    .toSorted((a, b) => lastOf(a) - lastOf(b))
    .slice(0, UNUSED_MAX);
}
