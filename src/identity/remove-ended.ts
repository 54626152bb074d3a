import type { ConnectSessionStore, OneTimeTokenStore, SessionStore, ThrottleStore } from './ports.ts';

const HOUR_MS = 3_600_000;
/** What a person asks "was that me?" about is asked within days. */
const SESSION_KEPT_MS = 7 * 24 * HOUR_MS;
/** Longer than the window of any throttle. */
const THROTTLE_KEPT_MS = 48 * HOUR_MS;

export type EndedThings = {
  readonly sessions: Pick<SessionStore, 'removeEnded'>;
  readonly oneTimeTokens: Pick<OneTimeTokenStore, 'removeExpired'>;
  readonly connectSessions: Pick<ConnectSessionStore, 'removeExpired'>;
  readonly throttles: Pick<ThrottleStore, 'removeBefore'>;
};

/** Removes sessions, one-time links and counts of attempts that nothing depends on any more. */
export async function removeEnded(store: EndedThings, nowMs: number): Promise<void> {
  await store.sessions.removeEnded(nowMs - SESSION_KEPT_MS);
  await store.oneTimeTokens.removeExpired(nowMs);
  await store.connectSessions.removeExpired(nowMs);
  await store.throttles.removeBefore(nowMs - THROTTLE_KEPT_MS);
}
