import { GatewayError } from '../../kernel/errors.ts';
import type { NewWireId } from '../../kernel/ids.ts';
import type { JobStoreOfHolds, JobWithHold } from '../../ledger/ports.ts';
import type { Deployment } from '../../protocol/deployment.ts';
import type { AwaitedJob } from '../../protocol/ledger.ts';
import type { VideoJob } from '../../protocol/media.ts';
import type { AloneDeps } from '../call-alone.ts';
import type { EndOfJob } from '../call-credit.ts';
import { withCredential } from '../held-ids.ts';
import { askFilm } from './ask-film.ts';
import { isOver } from './book-video.ts';
import { END_OF_UNKNOWN_FILM, endOfFilm } from './film-asked.ts';
import { type VideoWay, videoWay } from './video-way.ts';

const MINUTE_MS = 60_000;
/** Films that are asked after at once. */
const AT_ONCE_MAX = 50;
/** Longer than any question takes. */
const LEASE_MS = MINUTE_MS;
/** Waits grow by half each time, up to the longest, and each is longer or shorter by up to this part. */
const GROWTH = 1.5;
const WAIT_MS_MAX = 5 * MINUTE_MS;
const JITTER = 0.2;
/** A provider is believed that wants to be left alone for so long. */
const RETRY_AFTER_MS_MAX = 60 * MINUTE_MS;
/** A provider that does not know a film may not know it yet; so often in a row it has forgotten it. */
const MISSES_MAX = 4;

export type SettleFilmsDeps = {
  readonly jobs: Pick<JobStoreOfHolds, 'claimDue' | 'postpone'>;
  /** Where the film is made; `undefined` while nothing may be asked there. */
  readonly placeOf: (job: AwaitedJob) => Deployment | undefined;
  readonly asking: AloneDeps;
  readonly newWireId: NewWireId;
  readonly end: (found: JobWithHold, endOf: EndOfJob) => Promise<void>;
  /** From 0 up to 1. */
  readonly random: () => number;
};

/** Asks after every film that is due, and ends the holds of those that are made or failed, until none is due. */
export async function settleFilms(deps: SettleFilmsDeps, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const due = await deps.jobs.claimDue({ limit: AT_ONCE_MAX, leaseMs: LEASE_MS });
    if (due.length === 0) return;
    await Promise.all(due.map((found) => settleFilm(deps, found)));
  }
}

async function settleFilm(deps: SettleFilmsDeps, found: JobWithHold): Promise<void> {
  const { jobs, placeOf, end, newWireId, asking } = deps;
  const { job, misses } = found;
  const deployment = placeOf(job);
  const way = deployment && videoWay(withCredential(deployment, job.credentialId), newWireId);
  // A connection that is switched off may be switched on again; until the film's time is over nothing is lost.
  if (way === undefined || way instanceof GatewayError)
    return await jobs.postpone(job.id, { inMs: WAIT_MS_MAX, misses });
  let film: VideoJob;
  try {
    film = await askFilm(way, job.upstreamId, asking);
  } catch (thrown) {
    if (!(thrown instanceof GatewayError)) throw thrown;
    return await afterFault(deps, found, { way, fault: thrown });
  }
  if (isOver(film)) return await end(found, endOfFilm(film, way.face));
  await jobs.postpone(job.id, { inMs: waitMs(deps, found, way), misses: 0 });
}

async function afterFault(
  deps: SettleFilmsDeps,
  found: JobWithHold,
  { way, fault }: { readonly way: VideoWay; readonly fault: GatewayError },
): Promise<void> {
  const { job, misses } = found;
  if (fault.code === 'upstream.not_found') {
    if (misses + 1 >= MISSES_MAX) return await deps.end(found, END_OF_UNKNOWN_FILM);
    const inMs = Math.max(waitMs(deps, found, way), MINUTE_MS);
    return await deps.jobs.postpone(job.id, { inMs, misses: misses + 1 });
  }
  const wantedMs = Math.min((fault.retryAfterSeconds ?? 0) * 1000, RETRY_AFTER_MS_MAX);
  await deps.jobs.postpone(job.id, { inMs: Math.max(waitMs(deps, found, way), wantedMs), misses });
}

function waitMs({ random }: SettleFilmsDeps, { asks }: JobWithHold, { face }: VideoWay): number {
  const grown = Math.min(face.pollMs * GROWTH ** Math.min(asks, 20), WAIT_MS_MAX);
  return Math.round(grown * (1 - JITTER + 2 * JITTER * random()));
}
