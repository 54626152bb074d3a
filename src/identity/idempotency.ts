import { GatewayError } from '../kernel/errors.ts';
import { isJsonObject, parseJsonOrUndefined } from '../kernel/json.ts';
import type { IdempotencyStore } from './ports.ts';
import type { HashKey } from './virtual-key.ts';

export const IDEMPOTENCY_HEADER = 'idempotency-key';
/** 1 to 255 characters that can be seen. */
const KEY = /^[\x21-\x7e]{1,255}$/;
/** How long an answer is kept for whoever asks again. */
const KEPT_MS = 24 * 60 * 60 * 1000;
/** A request that runs for longer has died with its process. */
const RUNNING_MAX_MS = 10 * 60 * 1000;
const RETRY_AFTER_SECONDS = 1;
/** A longer answer is not kept: who asks again is told that it is lost. */
export const KEPT_CHARS_MAX = 1_000_000;

/** An answer as it went out: what a caller needs of it. */
export type KeptAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

export type OnceRequest = {
  /** Who asks: two callers who choose the same key do not meet. */
  readonly caller: string;
  readonly key: string;
  /** All that makes it the same request: method, address, organization, body. */
  readonly content: string;
};

/** `claim` is to be given back with the answer. */
export type OnceOutcome =
  | { readonly kind: 'begun'; readonly claim: string }
  | { readonly kind: 'answered'; readonly answer: KeptAnswer };

/** Has requests done once, however often they are sent. */
export type Idempotency = {
  /**
   * @throws GatewayError `request.idempotency_reused` where the key stands for another request,
   *   `request.idempotency_running` while the first one runs, `request.idempotency_lost` where its outcome is not known
   */
  readonly begin: (request: OnceRequest) => Promise<OnceOutcome>;
  readonly finish: (claim: string, answer: KeptAnswer) => Promise<void>;
  readonly removeExpired: () => Promise<void>;
};

export type IdempotencyInput = {
  readonly store: IdempotencyStore;
  /** Answers may hold secrets, so that they lie sealed: each to its row. */
  readonly seal: (text: string, rowId: string) => string;
  /** `undefined` for what no key at hand opens. */
  readonly open: (sealed: string, rowId: string) => string | undefined;
  readonly hashKey: HashKey;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
};

/** @throws GatewayError `request.invalid` for a header that is no key */
export function readIdempotencyKey(given: string | readonly string[]): string {
  if (typeof given === 'string' && KEY.test(given)) return given;
  throw new GatewayError('request.invalid', {
    param: IDEMPOTENCY_HEADER,
    message: 'Idempotency-Key: has to be 1 to 255 visible ASCII characters.',
  });
}

export function createIdempotency({ store, seal, open, hashKey, now }: IdempotencyInput): Idempotency {
  return {
    begin: async ({ caller, key, content }) => {
      // Keyed hashes, each with a word of its own in front: bodies may hold secrets, and so may what callers take for keys.
      const id = hashKey(`idempotency key ${caller} ${key}`);
      const fingerprint = hashKey(`idempotent request ${content}`);
      const at = now();
      const found = await store.take(id, { fingerprint, now: at, expiresAt: at + KEPT_MS });
      if (found === undefined) return { kind: 'begun', claim: id };
      if (found.fingerprint !== fingerprint) throw new GatewayError('request.idempotency_reused');
      if (found.status === undefined && at - found.createdAt < RUNNING_MAX_MS) {
        throw new GatewayError('request.idempotency_running', { retryAfterSeconds: RETRY_AFTER_SECONDS });
      }
      const text = found.sealed === undefined ? undefined : open(found.sealed, id);
      const answer = text === undefined ? undefined : readAnswer(text);
      if (answer === undefined) throw new GatewayError('request.idempotency_lost');
      return { kind: 'answered', answer };
    },
    finish: async (claim, answer) => {
      const text = JSON.stringify(answer).toWellFormed();
      const sealed = text.length > KEPT_CHARS_MAX ? undefined : seal(text, claim);
      await store.finish(claim, { status: answer.status, sealed });
    },
    removeExpired: () => store.removeExpired(now()),
  };
}

/** What {@link JSON.stringify} made of an answer → the answer. */
function readAnswer(text: string): KeptAnswer | undefined {
  const value = parseJsonOrUndefined(text);
  if (!isJsonObject(value)) return undefined;
  const { status, headers, body } = value;
  if (typeof status !== 'number' || typeof body !== 'string' || !isJsonObject(headers)) return undefined;
  const texts = Object.entries(headers).flatMap(([name, text]) =>
    typeof text === 'string' ? [[name, text] as const] : [],
  );
  return { status, headers: Object.fromEntries(texts), body };
}
