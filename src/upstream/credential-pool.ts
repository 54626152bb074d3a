import type { Clock } from '../kernel/clock.ts';
import { type ErrorCode, GatewayError } from '../kernel/errors.ts';
import { createWeightedTurns } from '../kernel/weighted-turns.ts';
import type { AuthScheme, ConnectionTarget, SealedCredential } from '../protocol/deployment.ts';
import { isOfAccount, refusedBy } from '../protocol/refused-credential.ts';
import type { AwsSigner } from './auth/aws-signer.ts';
import { authHeaders, signsCalls } from './auth/schemes.ts';
import type { CallToSign } from './auth/sigv4.ts';

/** How long a credential that hit its rate limit is passed over when the provider does not say. */
const COOLDOWN_DEFAULT_MS = 1000;
/** What it counts for right after, of its weight, and for how long it takes to count in full again. */
const LOWERED_SHARE = 0.1;
const LOWERED_MS = 3 * 60_000;
/** The longest it is passed over, whatever the provider says: limits are often lifted sooner than announced. */
const COOLDOWN_MAX_MS = 60_000;
const REJECTED_STATUS = 401;
/** Words for a key that nobody knows, at providers that do not say it by the status. */
const REJECTED_CODES: ReadonlySet<string> = new Set([
  // A bad request: https://ai.google.dev/gemini-api/docs/troubleshooting
  'API_KEY_INVALID',
  // Forbidden: https://docs.aws.amazon.com/bedrock/latest/APIReference/CommonErrors.html
  'UnrecognizedClientException',
]);
/** As xAI says it, in a bad request: https://docs.x.ai/developers/debugging */
const REJECTED_WORDS = /^Incorrect API key provided/i;
/** AWS's words for temporary keys that are over. */
const EXPIRED_CODES: ReadonlySet<string> = new Set(['ExpiredTokenException', 'ExpiredToken', 'RequestExpired']);

type Connection = Pick<ConnectionTarget, 'id' | 'auth' | 'credentials'>;

/** A credential for one attempt. `id` is `undefined` where the connection asks for none. */
export type CredentialTurn = {
  readonly id: string | undefined;
  /** The headers that every call with it carries. */
  readonly headers: Readonly<Record<string, string>>;
  /** Where calls are signed one by one: the headers to add to this one. @throws GatewayError where it cannot be signed */
  readonly sign?: SignCall | undefined;
};

type SignCall = (call: CallToSign) => Promise<Readonly<Record<string, string>>>;

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
  /**
   * For how long a connection has no credential to be called with: all are at their limits, or for good, as far as is known
   * here, where none is left. 0 where one can be used, and where none is asked for. Milliseconds.
   */
  readonly coolForMs: (connection: Connection) => number;
  readonly noteUse: (credentialId: string) => void;
  /** A refused credential is set aside; a rate limit lets it cool down; any other error is only counted. */
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
  /**
   * A provider has refused the credential; the composition writes it down, and resolves once it has. Told once until it is
   * taken up again.
   */
  readonly onSetAside: (credentialId: string, reason: string) => Promise<void>;
  /** Signs calls for AWS with whatever keys a credential's owner may use. */
  readonly awsOf: (credential: SealedCredential) => AwsSigner;
  readonly clock: Clock;
};

type Opened = {
  readonly sealed: string;
  readonly baseUrl: string;
  readonly secret: string;
  readonly aws: AwsSigner;
  /** What it comes to under each scheme: a provider may be asked in several dialects that sign differently. */
  readonly turns: WeakMap<AuthScheme, CredentialTurn>;
};
/** From `written` on, the configuration says whether it is used. */
type Condition = {
  readonly setAside: 'no' | 'noted' | 'written';
  readonly coolUntilMs: number;
  /** When it was last at its limit. */
  readonly limitedAtMs: number;
};
const FRESH: Condition = { setAside: 'no', coolUntilMs: 0, limitedAtMs: Number.NEGATIVE_INFINITY };
type Tally = { -readonly [Key in keyof CredentialTally]: CredentialTally[Key] };

/**
 * Hands out a connection's credentials in turn. Opened secrets stay in a closure: they leave it as headers of a call to the
 * address they are bound to, and in no other way.
 */
export function createCredentialPool(deps: CredentialPoolDeps): CredentialPool {
  const { clock } = deps;
  const turns = createWeightedTurns();
  const secrets = createOpenedSecrets(deps);
  const uses = createUses(clock);
  const conditions = new Map<string, Condition>();
  const next: CredentialPool['next'] = (connection, tried) => {
    if (connection.auth.scheme === 'none') return { id: undefined, headers: {} };
    const nowMs = clock.monotonic();
    const usable = connection.credentials.filter(
      ({ id }) => !tried.has(id) && (conditions.get(id)?.setAside ?? 'no') === 'no',
    );
    const cool = usable.filter(({ id }) => (conditions.get(id)?.coolUntilMs ?? 0) <= nowMs);
    const weighed = conditions.size === 0 ? cool : cool.map((each) => lowered(each, conditions.get(each.id), nowMs));
    const chosen = turns.next(connection.id, weighed) ?? soonestCool(usable, conditions);
    if (chosen === undefined) return undefined;
    try {
      return secrets.turnOf(chosen, connection.auth);
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
    coolForMs: ({ auth, credentials }) => {
      if (auth.scheme === 'none' || (conditions.size === 0 && credentials.length > 0)) return 0;
      const nowMs = clock.monotonic();
      let least = Number.POSITIVE_INFINITY;
      for (const { id } of credentials) {
        const { setAside, coolUntilMs } = conditions.get(id) ?? FRESH;
        if (setAside === 'no') least = Math.min(least, coolUntilMs - nowMs);
      }
      return Math.max(0, least);
    },
    noteUse: uses.noteUse,
    noteFault: (credentialId, error) => {
      uses.noteError(credentialId, error.code);
      const before = conditions.get(credentialId) ?? FRESH;
      const { status, code = '', message = '' } = error.upstream ?? {};
      const saysSo =
        status === REJECTED_STATUS ||
        isOfAccount(status, `${code} ${message}`) ||
        REJECTED_CODES.has(code) ||
        REJECTED_WORDS.test(message);
      const isRefused = error.code === 'upstream.credential_rejected' && saysSo;
      if (EXPIRED_CODES.has(code)) secrets.forgetTemporary(credentialId);
      if (error.code === 'upstream.rate_limited') {
        const nowMs = clock.monotonic();
        conditions.set(credentialId, { ...before, coolUntilMs: nowMs + cooldownMs(error), limitedAtMs: nowMs });
      } else if (isRefused && before.setAside === 'no') {
        conditions.set(credentialId, { ...before, setAside: 'noted' });
        const written = (): void => {
          const now = conditions.get(credentialId);
          if (now?.setAside === 'noted') conditions.set(credentialId, { ...now, setAside: 'written' });
        };
        // What could not be written stays noted here.
        deps.onSetAside(credentialId, refusedBy(status)).then(written, () => undefined);
      }
    },
    drainUses: uses.drain,
    scrub: (connection, text) => connection.credentials.reduce((scrubbed, { id }) => secrets.scrub(id, scrubbed), text),
    retain: (connections) => {
      const kept = [...connections];
      const ids = new Set(kept.flatMap(({ credentials }) => credentials.map(({ id }) => id)));
      const connectionIds = new Set(kept.map(({ id }) => id));
      turns.retain((group) => connectionIds.has(group));
      secrets.retain(ids);
      for (const [id, condition] of conditions) {
        // A configuration that holds it after it was written down has taken it up again.
        if (!ids.has(id) || condition.setAside === 'written') conditions.delete(id);
      }
    },
  };
}

type OpenedSecrets = {
  readonly turnOf: (credential: SealedCredential, scheme: AuthScheme) => CredentialTurn;
  readonly scrub: (credentialId: string, text: string) => string;
  readonly forgetTemporary: (credentialId: string) => void;
  readonly retain: (credentialIds: ReadonlySet<string>) => void;
};

function createOpenedSecrets({ open, awsOf }: Pick<CredentialPoolDeps, 'open' | 'awsOf'>): OpenedSecrets {
  const opened = new Map<string, Opened>();
  return {
    turnOf: (credential, scheme) => {
      const { id, sealed, baseUrl } = credential;
      const known = opened.get(id);
      const isKnown = known?.sealed === sealed && known.baseUrl === baseUrl;
      const ready = isKnown ? known.turns.get(scheme) : undefined;
      if (ready !== undefined) return ready;
      const secret = isKnown ? known.secret : open(credential);
      if (known !== undefined && known.secret !== secret) known.aws.drop(known.secret);
      const aws = awsOf(credential);
      const turn = openTurn(id, secret, { scheme, aws });
      const turns = isKnown ? known.turns : new WeakMap<AuthScheme, CredentialTurn>();
      opened.set(id, { sealed, baseUrl, secret, aws, turns: turns.set(scheme, turn) });
      return turn;
    },
    scrub: (credentialId, text) => {
      const known = opened.get(credentialId);
      if (known === undefined) return text;
      return [known.secret, ...known.aws.partsOf(known.secret)]
        .flatMap(spellingsOf)
        .reduce((scrubbed, spelling) => scrubbed.replaceAll(spelling, '[credential]'), text);
    },
    forgetTemporary: (credentialId) => {
      const known = opened.get(credentialId);
      known?.aws.forget(known.secret);
    },
    retain: (credentialIds) => {
      for (const [id, { secret, aws }] of opened) {
        if (credentialIds.has(id)) continue;
        opened.delete(id);
        aws.drop(secret);
      }
    },
  };
}

/** @throws GatewayError where the secret cannot be sent or signed with */
function openTurn(
  id: string,
  secret: string,
  { scheme, aws }: { readonly scheme: AuthScheme; readonly aws: AwsSigner },
): CredentialTurn {
  const headers = Object.freeze(authHeaders(scheme, secret));
  if (scheme.scheme !== 'aws-sigv4' || !signsCalls(scheme, secret)) return { id, headers };
  return { id, headers, sign: (call) => aws.sign(secret, scheme.service, call) };
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

/** A credential that was at its limit counts for less for a while, so that it is not there again at once. */
function lowered(credential: SealedCredential, condition: Condition | undefined, nowMs: number): SealedCredential {
  const sinceMs = nowMs - (condition ?? FRESH).limitedAtMs;
  if (sinceMs >= LOWERED_MS) return credential;
  const share = LOWERED_SHARE + (1 - LOWERED_SHARE) * (sinceMs / LOWERED_MS);
  return { ...credential, weight: credential.weight * share };
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

function spellingsOf(secret: string): readonly string[] {
  if (secret === '') return [];
  return [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')];
}
