import { ServerResponse } from 'node:http';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { isMainThread } from 'node:worker_threads';
import { Ledger } from '../../src/ledger/ledger.ts';
import type { Operation, OutcomeOf } from '../../src/ledger/operations.ts';
import { RecordCommitter } from '../../src/records/committer.ts';
import { InFlightJournal } from '../../src/records/inflight-journal.ts';

/**
 * Points at which a hub kills itself. Nothing of the hub knows of them: a test has Node load this file before the hub's
 * own, and it puts its wrappers around the hub's classes.
 *
 * - `hold`: the hold is durable, and with it the mark that its call leaves: both are one commit, so that there is no
 *   moment between them. The call has not been noted in the journal.
 * - `dispatch`: the call has been noted, and nothing of it is written to its socket yet.
 * - `first-byte`: the first event of a stream has been given to its caller.
 * - `before-settle`: the record of a call that used something is durable, its charge is not.
 * - `before-reply`: the charge is durable, too, and the end of the answer, which does not wait for it otherwise, is kept back.
 */
export const FAILPOINTS = ['hold', 'dispatch', 'first-byte', 'before-settle', 'before-reply'] as const;

export type Failpoint = (typeof FAILPOINTS)[number];

const POINT = 'CHAOS_POINT';
const HITS = 'CHAOS_HITS';
/** So long an answer's end is kept back: longer than any charge takes. */
const KEPT_BACK_MS = 5000;
/** Where models are called. */
const CALLED = /^\/(?:v1|api)\//;

/** What a hub's environment has to say, for it to kill itself when it comes to the point for the `hits`th time. */
export function failingAt(point: Failpoint, hits: number): Readonly<Record<string, string>> {
  return {
    NODE_OPTIONS: `--import=${pathToFileURL(import.meta.filename).href}`,
    [POINT]: point,
    [HITS]: String(hits),
  };
}

function arm(point: string, hits: number): void {
  let left = hits;
  const own = new Set<string>();
  const hit = (): void => {
    left -= 1;
    if (left <= 0) process.kill(process.pid, 'SIGKILL');
  };
  switch (point) {
    case 'hold':
      return afterOperation((operation, outcome) => {
        if (operation.kind === 'place' && outcome.kind === 'held') hit();
      });
    case 'dispatch':
      return afterNote(hit);
    case 'first-byte':
      return afterFirstByte(hit);
    case 'before-settle':
      return afterRecord(hit);
    case 'before-reply':
      keepEndsBack();
      return afterOperation((operation, outcome) => {
        if (operation.kind === 'place') own.add(operation.id);
        // A start ends calls of the process before, too, which nobody waits for.
        if (operation.kind !== 'end' || !own.has(operation.id)) return;
        if (outcome.kind === 'ended' && 'chargedNano' in outcome && outcome.chargedNano > 0n) hit();
      });
    default:
      throw new Error(`there is no point ${point}`);
  }
}

function afterOperation(then: (operation: Operation, outcome: OutcomeOf<Operation>) => void): void {
  // Called with its own `this` below.
  // oxlint-disable-next-line typescript/unbound-method
  const real = Ledger.prototype.do;
  Ledger.prototype.do = async function <Each extends Operation>(this: Ledger, operation: Each) {
    const outcome = await real.call<Ledger, [Each], Promise<OutcomeOf<Each>>>(this, operation);
    then(operation, outcome);
    return outcome;
  };
}

function afterNote(then: () => void): void {
  // Called with its own `this` below.
  // oxlint-disable-next-line typescript/unbound-method
  const real = InFlightJournal.prototype.begin;
  InFlightJournal.prototype.begin = function (note) {
    const inFlight = real.call(this, note);
    then();
    return inFlight;
  };
}

function afterRecord(then: () => void): void {
  // Called with its own `this` below.
  // oxlint-disable-next-line typescript/unbound-method
  const real = RecordCommitter.prototype.commit;
  RecordCommitter.prototype.commit = async function (outcome) {
    await real.call(this, outcome);
    if (outcome.usage.usageBasis !== undefined) then();
  };
}

function afterFirstByte(then: () => void): void {
  const seen = new WeakSet<ServerResponse>();
  // Called with its own `this` below.
  // oxlint-disable-next-line typescript/unbound-method
  const real = ServerResponse.prototype.write;
  // The overloads of the real one are handed through.
  ServerResponse.prototype.write = function (this: ServerResponse, ...given: unknown[]) {
    const isTaken = Reflect.apply(real, this, given) as boolean;
    if (!seen.has(this)) setImmediate(then);
    seen.add(this);
    return isTaken;
  } as typeof real;
}

function keepEndsBack(): void {
  // Called with its own `this` below.
  // oxlint-disable-next-line typescript/unbound-method
  const real = ServerResponse.prototype.end;
  // The overloads of the real one are handed through.
  ServerResponse.prototype.end = function (this: ServerResponse, ...given: unknown[]) {
    if (this.statusCode !== 200 || !CALLED.test(this.req.url ?? '')) {
      return Reflect.apply(real, this, given) as ServerResponse;
    }
    setTimeout(() => Reflect.apply(real, this, given), KEPT_BACK_MS);
    return this;
  } as typeof real;
}

const point = process.env[POINT];
if (isMainThread && point !== undefined) arm(point, Number(process.env[HITS]));
