import { ServerResponse } from 'node:http';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { isMainThread } from 'node:worker_threads';
import { Ledger } from '../../src/ledger/ledger.ts';
import type { Operation, OutcomeOf } from '../../src/ledger/operations.ts';
import { RecordCommitter } from '../../src/records/committer.ts';
import { InFlightJournal } from '../../src/records/inflight-journal.ts';
import { FROM_SOURCES } from '../support/hub-process.ts';

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
 *
 * And those of a film, which the kill loop does not make:
 *
 * - `before-job`: its provider has begun it, and nobody has written down that it has.
 * - `job`: the job is durable, for which the hold waits; the film is bound to nobody yet.
 * - `bound`: its caller could find it; there is no record of the call.
 * - `recorded`: there is, and the caller has not heard of it.
 * - `before-end`: somebody has heard that it is made, and has not charged it.
 * - `ended`: it is charged, and whoever asked has not heard of its end.
 */
export const FAILPOINTS = ['hold', 'dispatch', 'first-byte', 'before-settle', 'before-reply'] as const;

export type Failpoint = (typeof FAILPOINTS)[number] | (typeof FILM_POINTS)[number];
const FILM_POINTS = ['before-job', 'job', 'bound', 'recorded', 'before-end', 'ended'] as const;

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
    [FROM_SOURCES]: 'yes',
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
    case 'before-job':
      return beforeOperation('await', hit);
    case 'job':
      return afterOperation((operation) => {
        if (operation.kind === 'await') hit();
      });
    case 'bound':
      return beforeRecord(hit);
    case 'recorded':
      return afterRecord(hit);
    case 'before-end':
      return beforeOperation('end', hit);
    case 'ended':
      return afterOperation((operation) => {
        if (operation.kind === 'end') hit();
      });
    default:
      throw new Error(`there is no point ${point}`);
  }
}

/** Puts something in the place of a method, made of the real one. */
function replace<Of extends object, Name extends keyof Of>(
  prototype: Of,
  name: Name,
  make: (real: Of[Name]) => Of[Name],
): void {
  prototype[name] = make(prototype[name]);
}

function afterOperation(then: (operation: Operation, outcome: OutcomeOf<Operation>) => void): void {
  replace(
    Ledger.prototype,
    'do',
    (real) =>
      async function (this: Ledger, operation) {
        const outcome = await real.call<Ledger, [typeof operation], Promise<OutcomeOf<typeof operation>>>(
          this,
          operation,
        );
        then(operation, outcome);
        return outcome;
      },
  );
}

function beforeOperation(kind: Operation['kind'], then: () => void): void {
  replace(
    Ledger.prototype,
    'do',
    (real) =>
      function (this: Ledger, operation) {
        if (operation.kind === kind) then();
        return real.call<Ledger, [typeof operation], Promise<OutcomeOf<typeof operation>>>(this, operation);
      },
  );
}

function beforeRecord(then: () => void): void {
  replace(
    RecordCommitter.prototype,
    'commit',
    (real) =>
      async function (this: RecordCommitter, outcome) {
        if (outcome.usage.usageBasis !== undefined) then();
        await real.call(this, outcome);
      },
  );
}

function afterNote(then: () => void): void {
  replace(
    InFlightJournal.prototype,
    'begin',
    (real) =>
      function (this: InFlightJournal, note) {
        const inFlight = real.call(this, note);
        then();
        return inFlight;
      },
  );
}

function afterRecord(then: () => void): void {
  replace(
    RecordCommitter.prototype,
    'commit',
    (real) =>
      async function (this: RecordCommitter, outcome) {
        await real.call(this, outcome);
        if (outcome.usage.usageBasis !== undefined) then();
      },
  );
}

function afterFirstByte(then: () => void): void {
  const seen = new WeakSet<ServerResponse>();
  replace(
    ServerResponse.prototype,
    'write',
    (real) =>
      function (this: ServerResponse, ...given: unknown[]) {
        // The overloads of the real one are handed through.
        const isTaken = Reflect.apply(real, this, given) as boolean;
        if (!seen.has(this)) setImmediate(then);
        seen.add(this);
        return isTaken;
      },
  );
}

function keepEndsBack(): void {
  replace(
    ServerResponse.prototype,
    'end',
    (real) =>
      function (this: ServerResponse, ...given: unknown[]) {
        // The overloads of the real one are handed through.
        const end = (): ServerResponse => Reflect.apply(real, this, given) as ServerResponse;
        if (this.statusCode !== 200 || !CALLED.test(this.req.url ?? '')) return end();
        setTimeout(end, KEPT_BACK_MS);
        return this;
      },
  );
}

const point = process.env[POINT];
if (isMainThread && point !== undefined) arm(point, Number(process.env[HITS]));
