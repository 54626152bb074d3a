import { GatewayError } from '../kernel/errors.ts';
import { isJsonObject, parseJsonOrUndefined } from '../kernel/json.ts';
import type { Tenant } from '../protocol/tenant.ts';
import type { CallClaim, CallRecord, IdempotentCallStore, NewCall } from './call-ports.ts';
import type { HashKey } from './virtual-key.ts';

export type { CallClaim } from './call-ports.ts';

/** How long an answer is kept for whoever asks again. */
const KEPT_MS = 24 * 60 * 60 * 1000;
/** How long a call is taken to run without a sign of life from its process. */
export const CALL_LEASE_MS = 60_000;
/** A longer answer is not kept: sealed it has to fit into what the vault takes, as base64. */
export const CALL_ANSWER_BYTES_MAX = 3_000_000;
const RETRY_AFTER_SECONDS = 1;
const REMOVED_AT_ONCE = 500;

/** A call that is to be made once, whatever it is answered with. */
export type OnceCall = Tenant & {
  readonly keyId: string;
  /** As the caller sent it. */
  readonly idempotencyKey: string;
  /** All that makes it the same call: address, body, and the headers that change the answer. */
  readonly content: string;
  readonly recordId: string;
};

/** An answer as it went out: names and values of its headers one after the other. */
export type CallAnswer = {
  readonly status: number;
  readonly headers: readonly string[];
  readonly body: Buffer;
};

/** What there is of an answer that went out: `too_long`, or broken off. */
export type CallEnd = CallAnswer | 'too_long' | 'broken_off';

export type BegunCall =
  | { readonly kind: 'begun'; readonly claim: CallClaim }
  | { readonly kind: 'answered'; readonly answer: CallAnswer };

/** Has calls made once, however often they are sent. */
export type CallsOnce = {
  /**
   * @throws GatewayError `request.idempotency_reused` where the key stands for another call,
   *   `request.idempotency_running` while the first one runs, `request.idempotency_not_kept` where its answer was too
   *   long, `request.idempotency_lost` where it may have used something and its answer is gone
   */
  readonly begin: (call: OnceCall) => Promise<BegunCall>;
  readonly finish: (claim: CallClaim, end: CallEnd) => Promise<void>;
  /** The call used nothing: the key is free. */
  readonly free: (claim: CallClaim) => Promise<void>;
  /** Gives the records of the claims that are still held. */
  readonly renew: (claims: readonly CallClaim[]) => Promise<readonly string[]>;
  readonly endLeasesOf: (instanceId: string) => Promise<void>;
  readonly removeExpired: (signal: AbortSignal) => Promise<void>;
};

export type CallsOnceInput = {
  readonly store: IdempotentCallStore;
  /** Answers hold what was said, so that they lie sealed: each to its row. */
  readonly seal: (text: string, claim: Omit<CallClaim, 'recordId'>) => string;
  /** `undefined` for what no key at hand opens. */
  readonly open: (sealed: string, claim: Omit<CallClaim, 'recordId'>) => string | undefined;
  readonly hashKey: HashKey;
  readonly instanceId: string;
  /**
   * Whether a call leaves only once credit is held for it, so that one without a trace has not left. Not where operators may
   * switch that: one that died may have been made while none was held.
   */
  readonly holdsCredit: boolean;
};

export function createCallsOnce(input: CallsOnceInput): CallsOnce {
  const { store, seal, hashKey, instanceId } = input;
  /** Claims of this process that are being asked for or run: repeats that meet one need not wait for the store. */
  const here = new Map<string, { readonly call: NewCall; readonly taking: Promise<CallRecord | undefined> }>();
  const leave = ({ id, recordId }: Pick<NewCall, 'id' | 'recordId'>): void => {
    if (here.get(id)?.call.recordId === recordId) here.delete(id);
  };

  const take = async (call: NewCall): Promise<CallRecord | undefined> => {
    const met = here.get(call.id);
    if (met !== undefined) {
      const { fingerprint, recordId } = met.call;
      return (await met.taking) ?? { fingerprint, recordId, state: 'running', sealed: undefined };
    }
    const taking = store.take(call);
    here.set(call.id, { call, taking });
    try {
      const found = await taking;
      if (found !== undefined) leave(call);
      return found;
    } catch (error) {
      leave(call);
      throw error;
    }
  };

  return {
    begin: async ({ organizationId, projectId, keyId, idempotencyKey, content, recordId }) => {
      // Keyed hashes, each with a word of its own in front: what callers take for keys may be secret, too.
      const id = hashKey(`idempotent call ${keyId} ${idempotencyKey}`);
      const fingerprint = hashKey(`idempotently called ${content}`);
      const times = { leaseMs: CALL_LEASE_MS, keptMs: KEPT_MS };
      const call = { id, organizationId, projectId, fingerprint, recordId, instanceId, ...times };
      const found = await take(call);
      const begun = { kind: 'begun', claim: { id, organizationId, recordId } } as const;
      if (found === undefined) return begun;
      if (found.fingerprint !== fingerprint) throw new GatewayError('request.idempotency_reused');
      if (found.state === 'dead') {
        await takeOver(input, call, found);
        return begun;
      }
      return { kind: 'answered', answer: answerOf(input, call, found) };
    },
    finish: async (claim, end) => {
      leave(claim);
      if (end === 'broken_off') return await store.finish(claim, 'lost', undefined);
      if (end === 'too_long') return await store.finish(claim, 'not_kept', undefined);
      await store.finish(claim, 'kept', seal(textOf(end), claim));
    },
    free: async (claim) => {
      leave(claim);
      await store.free(claim);
    },
    renew: (claims) => store.renew(claims, CALL_LEASE_MS),
    endLeasesOf: store.endLeasesOf,
    removeExpired: async (signal) => {
      let removed = REMOVED_AT_ONCE;
      while (removed === REMOVED_AT_ONCE && !signal.aborted) removed = await store.removeExpired(REMOVED_AT_ONCE);
    },
  };
}

/** Takes the place of a call that died with its process, if it used nothing. @throws GatewayError where it may have */
async function takeOver(
  { store, holdsCredit }: CallsOnceInput,
  call: NewCall,
  { recordId }: CallRecord,
): Promise<void> {
  const fate = await store.fateOf(call.organizationId, recordId);
  if (fate === 'used' || (fate === 'unknown' && !holdsCredit)) throw new GatewayError('request.idempotency_lost');
  if (!(await store.takeOver(call, recordId))) throw running();
}

/** @throws GatewayError where there is none */
function answerOf({ open }: CallsOnceInput, call: NewCall, { state, sealed }: CallRecord): CallAnswer {
  if (state === 'running') throw running();
  if (state === 'not_kept') throw new GatewayError('request.idempotency_not_kept');
  const text = sealed === undefined ? undefined : open(sealed, call);
  const answer = text === undefined ? undefined : readAnswer(text);
  if (answer === undefined) throw new GatewayError('request.idempotency_lost');
  return answer;
}

function running(): GatewayError {
  return new GatewayError('request.idempotency_running', { retryAfterSeconds: RETRY_AFTER_SECONDS });
}

function textOf({ status, headers, body }: CallAnswer): string {
  return JSON.stringify({ status, headers, body: body.toString('base64') });
}

function readAnswer(text: string): CallAnswer | undefined {
  const value = parseJsonOrUndefined(text);
  if (!isJsonObject(value)) return undefined;
  const { status, headers, body } = value;
  if (typeof status !== 'number' || typeof body !== 'string' || !Array.isArray(headers)) return undefined;
  return { status, headers: headers.map(String), body: Buffer.from(body, 'base64') };
}
