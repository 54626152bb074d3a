import type { Clock } from '../kernel/clock.ts';
import { type ErrorCode, GatewayError } from '../kernel/errors.ts';
import type { AuthScheme, ConnectionTarget, SealedCredential } from '../protocol/deployment.ts';
import { authHeaders } from './auth/schemes.ts';
import { createWeightedTurns } from './weighted-turns.ts';

/** How long a credential that hit its rate limit is passed over when the provider does not say. */
const COOLDOWN_DEFAULT_MS = 1000;
/** The longest it is passed over, whatever the provider says: limits are often lifted sooner than announced. */
const COOLDOWN_MAX_MS = 60_000;
const REJECTED_STATUS = 401;

type Connection = Pick<ConnectionTarget, 'id' | 'auth' | 'credentials'>;

/** A credential for one attempt: the headers that sign it. `id` is `undefined` where the connection asks for none. */
export type CredentialTurn = { readonly id: string | undefined; readonly headers: Readonly<Record<string, string>> };

/** What became of a credential since the last time it was asked. Times are milliseconds since the epoch. */
export type CredentialTally = {
  readonly credentialId: string;
  readonly uses: number;
  readonly lastUsedAt: number;
  readonly lastError: ErrorCode | undefined;
  readonly lastErrorAt: number | undefined;
};

export type CredentialPool = {
  /**
   * The next usable credential that is not among the tried ones, by smooth weighted round robin; one that is cooling down
   * only when no other is left; one whose secret cannot be opened or sent is passed over. `undefined` when there is none.
   * @throws GatewayError when there are only such
   */
  readonly next: (connection: Connection, tried: ReadonlySet<string>) => CredentialTurn | undefined;
  readonly noteUse: (credentialId: string) => void;
  /** A 401 sets the credential aside; a rate limit lets it cool down; any other error is only counted. */
  readonly noteFault: (credentialId: string, error: GatewayError) => void;
  /** The uses and errors since the last call, for the store. */
  readonly drainUses: () => CredentialTally[];
  /** Replaces every opened secret of the connection, in the spellings it could be echoed in. */
  readonly scrub: (connection: Pick<Connection, 'credentials'>, text: string) => string;
  /** Tells which credentials are in use after a change of configuration: all memory of others, secrets first, is dropped. */
  readonly retain: (connections: Iterable<Pick<Connection, 'id' | 'credentials'>>) => void;
};

export type CredentialPoolDeps = {
  /** Opens a sealed secret. @throws GatewayError `vault.undecryptable` */
  readonly open: (credential: SealedCredential) => string;
  /** A provider has refused the credential; the composition writes it down. Told once until it is taken up again. */
  readonly onSetAside: (credentialId: string, reason: string) => void;
  readonly clock: Clock;
};

type Opened = {
  readonly sealed: string;
  readonly baseUrl: string;
  readonly secret: string;
  readonly scheme: AuthScheme;
  readonly headers: Readonly<Record<string, string>>;
};
type Condition = { readonly setAside: boolean; readonly coolUntilMs: number };
type Tally = { -readonly [Key in keyof CredentialTally]: CredentialTally[Key] };

/**
 * Hands out a connection's credentials in turn. Opened secrets stay in a closure: they leave it as headers of a call to the
 * address they are bound to, and in no other way.
 */
export function createCredentialPool(deps: CredentialPoolDeps): CredentialPool {
  const { clock } = deps;
  const turns = createWeightedTurns();
  const secrets = createOpenedSecrets(deps.open);
  const uses = createUses(clock);
  const conditions = new Map<string, Condition>();
  const next: CredentialPool['next'] = (connection, tried) => {
    if (connection.auth.scheme === 'none') return { id: undefined, headers: {} };
    const nowMs = clock.monotonic();
    const usable = connection.credentials.filter(({ id }) => !tried.has(id) && conditions.get(id)?.setAside !== true);
    const cool = usable.filter(({ id }) => (conditions.get(id)?.coolUntilMs ?? 0) <= nowMs);
    const chosen = turns.next(connection.id, cool) ?? soonestCool(usable, conditions);
    if (chosen === undefined) return undefined;
    try {
      return { id: chosen.id, headers: secrets.headersOf(chosen, connection.auth) };
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      uses.noteError(chosen.id, error.code);
      const other = next(connection, new Set([...tried, chosen.id]));
      if (other === undefined) throw error;
      return other;
    }
  };
  return {
    next,
    noteUse: uses.noteUse,
    noteFault: (credentialId, error) => {
      uses.noteError(credentialId, error.code);
      const before = conditions.get(credentialId) ?? { setAside: false, coolUntilMs: 0 };
      const isRefused = error.code === 'upstream.credential_rejected' && error.upstream?.status === REJECTED_STATUS;
      if (error.code === 'upstream.rate_limited') {
        conditions.set(credentialId, { ...before, coolUntilMs: clock.monotonic() + cooldownMs(error) });
      } else if (isRefused && !before.setAside) {
        conditions.set(credentialId, { ...before, setAside: true });
        deps.onSetAside(credentialId, `refused by the provider (${REJECTED_STATUS})`);
      }
    },
    drainUses: uses.drain,
    scrub: (connection, text) => connection.credentials.reduce((scrubbed, { id }) => secrets.scrub(id, scrubbed), text),
    retain: (connections) => {
      const kept = [...connections];
      const ids = new Set(kept.flatMap(({ credentials }) => credentials.map(({ id }) => id)));
      turns.retain(new Set(kept.map(({ id }) => id)));
      secrets.retain(ids);
      for (const id of conditions.keys()) if (!ids.has(id)) conditions.delete(id);
    },
  };
}

type OpenedSecrets = {
  readonly headersOf: (credential: SealedCredential, scheme: AuthScheme) => Readonly<Record<string, string>>;
  readonly scrub: (credentialId: string, text: string) => string;
  readonly retain: (credentialIds: ReadonlySet<string>) => void;
};

function createOpenedSecrets(open: CredentialPoolDeps['open']): OpenedSecrets {
  const opened = new Map<string, Opened>();
  return {
    headersOf: (credential, scheme) => {
      const { id, sealed, baseUrl } = credential;
      const known = opened.get(id);
      if (known?.sealed === sealed && known.baseUrl === baseUrl && known.scheme === scheme) return known.headers;
      const secret = open(credential);
      const headers = Object.freeze(authHeaders(scheme, secret));
      opened.set(id, { sealed, baseUrl, secret, scheme, headers });
      return headers;
    },
    scrub: (credentialId, text) =>
      spellingsOf(opened.get(credentialId)?.secret).reduce(
        (scrubbed, spelling) => scrubbed.replaceAll(spelling, '[credential]'),
        text,
      ),
    retain: (credentialIds) => {
      for (const id of opened.keys()) if (!credentialIds.has(id)) opened.delete(id);
    },
  };
}

type Uses = {
  readonly noteUse: (credentialId: string) => void;
  readonly noteError: (credentialId: string, code: ErrorCode) => void;
  readonly drain: () => CredentialTally[];
};

function createUses(clock: Clock): Uses {
  const tallies = new Map<string, Tally>();
  const tallyOf = (credentialId: string): Tally => {
    let tally = tallies.get(credentialId);
    if (tally === undefined) {
      tally = { credentialId, uses: 0, lastUsedAt: clock.now(), lastError: undefined, lastErrorAt: undefined };
      tallies.set(credentialId, tally);
    }
    return tally;
  };
  return {
    noteUse: (credentialId) => {
      const tally = tallyOf(credentialId);
      tally.uses += 1;
      tally.lastUsedAt = clock.now();
    },
    noteError: (credentialId, code) => {
      const tally = tallyOf(credentialId);
      tally.lastError = code;
      tally.lastErrorAt = clock.now();
    },
    drain: () => {
      const drained = [...tallies.values()];
      tallies.clear();
      return drained;
    },
  };
}

function soonestCool(
  candidates: readonly SealedCredential[],
  conditions: ReadonlyMap<string, Condition>,
): SealedCredential | undefined {
  const coolAtMs = ({ id }: SealedCredential): number => conditions.get(id)?.coolUntilMs ?? 0;
  return candidates.toSorted((left, right) => coolAtMs(left) - coolAtMs(right))[0];
}

function cooldownMs(error: GatewayError): number {
  const { retryAfterSeconds } = error;
  if (retryAfterSeconds === undefined) return COOLDOWN_DEFAULT_MS;
  return Math.min(Math.max(retryAfterSeconds * 1000, 0), COOLDOWN_MAX_MS);
}

function spellingsOf(secret: string | undefined): readonly string[] {
  if (secret === undefined || secret === '') return [];
  return [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')];
}
