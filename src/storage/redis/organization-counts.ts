import { randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import {
  type Changed,
  type CountKey,
  CountsLostError,
  type SharedCountsStore,
  type StoredCount,
  type StoredTake,
} from '../../limits/shared-ports.ts';
import { bucketsFromText, bucketsToText, takeFromText, takeToText } from '../limit-documents.ts';

/** Changes that are made by one write. */
const BATCH_MAX = 256;
/** Another instance has written between reading and writing so many times: something is wrong. */
const TRIES_MAX = 100;
const VERSION = 'version';
/** The same as long as nothing was lost. */
const EPOCH = 'epoch';
const VERSION_BYTES = 9;

/** Where the counts of an organization lie. */
export type CountsPlace = {
  /** A hash: the version, which limits have begun, and their counts. */
  readonly counts: string;
  /** A hash of calls that have taken. */
  readonly takes: string;
  readonly keptSeconds: number;
};

/**
 * Writes unless somebody has since the version was read. KEYS: counts, takes. ARGV: the version that was read, the new one,
 * seconds to keep, how many fields of counts are set, of takes are set, and of takes are removed; then these, the first two
 * as pairs.
 */
const WRITE = `
if (redis.call('HGET', KEYS[1], '${VERSION}') or '') ~= ARGV[1] then return 0 end
local at = 7
for _ = 1, tonumber(ARGV[4]) do redis.call('HSET', KEYS[1], ARGV[at], ARGV[at + 1]) at = at + 2 end
for _ = 1, tonumber(ARGV[5]) do redis.call('HSET', KEYS[2], ARGV[at], ARGV[at + 1]) at = at + 2 end
for _ = 1, tonumber(ARGV[6]) do redis.call('HDEL', KEYS[2], ARGV[at]) at = at + 1 end
redis.call('HSET', KEYS[1], '${VERSION}', ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[3])
redis.call('EXPIRE', KEYS[2], ARGV[3])
return 1`;

/** KEYS: counts. ARGV: the field that says it has begun, the new version, seconds to keep; then pairs of counts. */
const BEGIN = `
if redis.call('HSETNX', KEYS[1], ARGV[1], '1') == 0 then return 0 end
redis.call('HSETNX', KEYS[1], '${EPOCH}', ARGV[2])
for at = 4, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[at], ARGV[at + 1]) end
redis.call('HSET', KEYS[1], '${VERSION}', ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[3])
return 1`;

/** KEYS: counts. ARGV: the version that was read, then the fields to remove. */
const REMOVE = `
if (redis.call('HGET', KEYS[1], '${VERSION}') or '') ~= ARGV[1] then return 0 end
for at = 2, #ARGV do redis.call('HDEL', KEYS[1], ARGV[at]) end
return 1`;

type Change = {
  readonly callId: string;
  readonly keys: readonly CountKey[];
  readonly decide: (found: Found) => { readonly result: unknown; readonly changed: Changed | undefined };
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
};
type Found = { readonly take: StoredTake | undefined; readonly counts: readonly StoredCount[] };

/** What was read, and is changed by one decision after the other. */
type Working = {
  readonly version: string;
  readonly epoch: string | undefined;
  readonly begun: ReadonlySet<string>;
  readonly counts: Map<string, StoredCount>;
  readonly takes: Map<string, StoredTake>;
};
type Outcome = { readonly change: Change; readonly result?: unknown; readonly error?: unknown };

/**
 * The counts of one organization in Redis. Whatever waits is decided together here, by the same code as everywhere, and
 * written at once if no other instance has written since it was read; else it is read and decided again.
 */
export class OrganizationCounts {
  readonly #redis: Redis;
  readonly #place: CountsPlace;
  readonly #now: () => number;
  readonly #waiting: Change[] = [];
  #isRunning = false;
  #epoch: string | undefined;

  constructor(redis: Redis, place: CountsPlace, now: () => number) {
    this.#redis = redis;
    this.#place = place;
    this.#now = now;
  }

  readonly change: SharedCountsStore['change'] = (call, keys, decide) =>
    new Promise((resolve, reject) => {
      const change = { callId: call.id, keys, decide, reject, resolve: resolve as Change['resolve'] };
      this.#waiting.push(change);
      if (!this.#isRunning) void this.#run();
    });

  async hasBegun(limit: Omit<CountKey, 'subject'>): Promise<boolean> {
    return (await this.#redis.hexists(this.#place.counts, begunField(limit))) === 1;
  }

  async begin(limit: Omit<CountKey, 'subject'>, counts: readonly StoredCount[]): Promise<void> {
    const { counts: key, keptSeconds } = this.#place;
    const pairs = counts.flatMap((count) => [countField(count), this.#toText(count)]);
    await this.#redis.eval(BEGIN, 1, key, begunField(limit), newVersion(), keptSeconds, ...pairs);
  }

  async list(limitIds: ReadonlySet<string>): Promise<readonly StoredCount[]> {
    const found: StoredCount[] = [];
    await this.#scan((key, text) => {
      if (limitIds.has(key.limitId)) found.push({ ...key, buckets: fromText(text).buckets });
    });
    return found;
  }

  /** Forgets counts that nobody has changed since an instant; where somebody writes meanwhile, another time. */
  async removeBefore(at: number): Promise<void> {
    const version = (await this.#redis.hget(this.#place.counts, VERSION)) ?? '';
    const old: string[] = [];
    await this.#scan((key, text) => {
      if (fromText(text).at < at) old.push(countField(key));
    });
    for (let from = 0; from < old.length; from += BATCH_MAX)
      await this.#redis.eval(REMOVE, 1, this.#place.counts, version, ...old.slice(from, from + BATCH_MAX));
  }

  async #scan(see: (key: CountKey, text: string) => void): Promise<void> {
    let cursor = '0';
    do {
      const [next, pairs] = await this.#redis.hscan(this.#place.counts, cursor, 'MATCH', 'count *', 'COUNT', 1000);
      for (let at = 0; at + 1 < pairs.length; at += 2) {
        const key = keyOfField(pairs[at] ?? '');
        if (key !== undefined) see(key, pairs[at + 1] ?? '');
      }
      cursor = next;
    } while (cursor !== '0');
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, BATCH_MAX);
      try {
        const outcomes = await this.#make(batch);
        for (const { change, result, error } of outcomes) {
          if (error === undefined) change.resolve(result);
          else change.reject(error);
        }
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#isRunning = false;
  }

  async #make(batch: readonly Change[]): Promise<readonly Outcome[]> {
    for (let tries = 0; tries < TRIES_MAX; tries += 1) {
      const working = await this.#read(batch);
      // Another instance has noticed before: what is under way here is missing all the same.
      const isLost = this.#epoch !== undefined && working.epoch !== undefined && this.#epoch !== working.epoch;
      this.#epoch = working.epoch;
      if (isLost) return batch.map((change) => ({ change, error: new CountsLostError() }));
      const touched = { counts: new Set<string>(), takes: new Set<string>() };
      const outcomes = batch.map((change) => decideOn(working, change, touched));
      if (touched.counts.size + touched.takes.size === 0) return outcomes;
      if (await this.#write(working, touched)) return outcomes;
    }
    throw new Error('the counts of an organization were changed by others each time that they were to be written');
  }

  async #read(batch: readonly Change[]): Promise<Working> {
    const { counts: countsKey, takes: takesKey } = this.#place;
    const callIds = [...new Set(batch.map(({ callId }) => callId))];
    const asked = new Map(batch.flatMap(({ keys }) => keys).map((key) => [countField(key), key]));
    const begunFields = [...new Set([...asked.values()].map(begunField))];
    const fields = [...asked.keys()];
    const [takeTexts, [version, epoch, ...texts]] = await Promise.all([
      // Whoever writes between the two changes the version.
      this.#redis.hmget(takesKey, ...callIds),
      this.#redis.hmget(countsKey, VERSION, EPOCH, ...begunFields, ...fields),
    ]);
    const takes = new Map(
      callIds.flatMap((id, place) => {
        const text = takeTexts[place];
        return text === null || text === undefined ? [] : [[id, takeFromText(withoutLease(text))] as const];
      }),
    );
    const counts = new Map<string, StoredCount>();
    const put = (keys: readonly CountKey[], found: readonly (string | null)[]): void => {
      for (const [place, key] of keys.entries()) {
        const text = found[place];
        counts.set(countField(key), { ...key, buckets: text ? fromText(text).buckets : [] });
      }
    };
    put([...asked.values()], texts.slice(begunFields.length));
    const more = [...takes.values()].flatMap(({ taken }) => taken.map(({ take }) => keyOf(take)));
    const missing = [...new Map(more.map((key) => [countField(key), key])).values()].filter(
      (key) => !counts.has(countField(key)),
    );
    if (missing.length > 0) put(missing, await this.#redis.hmget(countsKey, ...missing.map(countField)));
    const begun = new Set(begunFields.filter((_, place) => texts[place] !== null));
    return { version: version ?? '', epoch: epoch ?? undefined, begun, counts, takes };
  }

  async #write(
    { version, counts, takes }: Working,
    touched: { readonly counts: ReadonlySet<string>; readonly takes: ReadonlySet<string> },
  ): Promise<boolean> {
    const { counts: countsKey, takes: takesKey, keptSeconds } = this.#place;
    const countPairs = [...touched.counts].flatMap((field) => {
      const count = counts.get(field);
      return count === undefined ? [] : [field, this.#toText(count)];
    });
    const kept = [...touched.takes].flatMap((id) => {
      const take = takes.get(id);
      return take === undefined ? [] : [id, `${leaseOf(take)} ${takeToText(take)}`];
    });
    const gone = [...touched.takes].filter((id) => !takes.has(id));
    const sizes = [countPairs.length / 2, kept.length / 2, gone.length];
    const args = [version, newVersion(), keptSeconds, ...sizes, ...countPairs, ...kept, ...gone];
    return (await this.#redis.eval(WRITE, 2, countsKey, takesKey, ...args)) === 1;
  }

  #toText({ buckets }: StoredCount): string {
    return `${this.#now()} ${bucketsToText(buckets)}`;
  }
}

function decideOn(
  { begun, counts, takes }: Working,
  change: Change,
  touched: { readonly counts: Set<string>; readonly takes: Set<string> },
): Outcome {
  const { callId, keys, decide } = change;
  if (keys.some((key) => !begun.has(begunField(key)))) return { change, error: new CountsLostError() };
  const take = takes.get(callId);
  const fields = new Set([...keys, ...(take?.taken ?? []).map((each) => each.take)].map(countField));
  const own = [...fields].flatMap((field) => counts.get(field) ?? []);
  try {
    const { result, changed } = decide({ take, counts: own });
    if (changed === undefined) return { change, result };
    for (const count of changed.counts) {
      counts.set(countField(count), count);
      touched.counts.add(countField(count));
    }
    if (changed.take === undefined) takes.delete(callId);
    else takes.set(callId, changed.take);
    touched.takes.add(callId);
    return { change, result };
  } catch (error) {
    return { change, error };
  }
}

function keyOf({ limitId, countsSince, subject }: CountKey): CountKey {
  return { limitId, countsSince, subject };
}

function begunField({ limitId, countsSince }: Omit<CountKey, 'subject'>): string {
  return `begun ${limitId} ${countsSince}`;
}

function countField({ limitId, countsSince, subject }: CountKey): string {
  return `count ${limitId} ${countsSince} ${subject}`;
}

/** A subject may hold anything, blanks too. */
function keyOfField(field: string): CountKey | undefined {
  const [, limitId, countsSince, subject] = /^count (\S+) (\d+) (.*)$/s.exec(field) ?? [];
  if (limitId === undefined || countsSince === undefined || subject === undefined) return undefined;
  return { limitId, countsSince: Number(countsSince), subject };
}

/** When it was written stands before it. */
function fromText(text: string): { readonly at: number; readonly buckets: StoredCount['buckets'] } {
  const blank = text.indexOf(' ');
  return { at: Number(text.slice(0, blank)), buckets: bucketsFromText(text.slice(blank + 1)) };
}

function leaseOf(take: StoredTake & { readonly leaseUntil?: number }): number {
  return take.leaseUntil ?? 0;
}

/** A take as it lies in Redis: until when it is good for without a sign of life, and what was taken. */
export function withoutLease(text: string): string {
  return text.slice(text.indexOf(' ') + 1);
}

function newVersion(): string {
  return randomBytes(VERSION_BYTES).toString('base64url');
}
