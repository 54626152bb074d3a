import { GatewayError, toGatewayError } from '../../kernel/errors.ts';
import type { VideoJob } from '../../protocol/media.ts';
import { onlyAt } from '../../routing/turns.ts';
import { callInTurn } from '../call-in-turn.ts';
import type { StreamDeps } from '../caller-stream.ts';
import type { Exchange } from '../exchange.ts';
import { reading } from '../relay-whole.ts';
import type { ServeDeps } from '../serve-request.ts';
import { isNeverStream } from '../upstream-answer.ts';
import { preparedVideoCall, type VideoWay } from './video-way.ts';

/** The longest that one call waits for its film; the slowest models take about six minutes. */
export const FILM_MS_MAX = 15 * 60_000;
/** Questions in a row that may fail before the film is given up: it is paid for, and most faults pass. */
export const FAILED_QUESTIONS_MAX = 5;

export type AwaitFilmDeps = Pick<
  ServeDeps,
  'sendWithin' | 'credentials' | 'router' | 'timeouts' | 'responseBytesMax' | 'newWireId' | 'waiting'
>;

type Awaiting = {
  readonly way: VideoWay;
  readonly deps: AwaitFilmDeps;
  readonly relayDeps: StreamDeps;
  /** Told of every answer, so that whoever gives up knows how far the film was. */
  readonly onSeen: (job: VideoJob) => void;
};

/**
 * Asks after a film until it is done or has failed. The caller hanging up ends the questions; the film is made all the
 * same, because no provider takes back one that it has begun.
 * @throws GatewayError `upstream.timeout`, why the request was stopped, or the last of several failed questions
 */
export async function awaitFilm(exchange: Exchange, begun: VideoJob, awaiting: Awaiting): Promise<VideoJob> {
  const { face } = awaiting.way;
  const asked = exchange.attempts.length;
  let job = begun;
  let failures = 0;
  while (job.status === 'queued' || job.status === 'running') {
    if (exchange.elapsedMs() >= FILM_MS_MAX) {
      throw new GatewayError('upstream.timeout', { message: 'The film was not ready in time.' });
    }
    await pause(exchange, face.pollMs, awaiting.deps);
    // Of many questions the request's record keeps the last.
    exchange.attempts.splice(asked);
    try {
      job = await ask(exchange, job, awaiting);
      failures = 0;
      awaiting.onSeen(job);
    } catch (thrown) {
      failures += 1;
      const error = exchange.stopped ?? toGatewayError(thrown);
      if (exchange.stopped !== undefined || !error.retryable || failures >= FAILED_QUESTIONS_MAX) throw error;
    }
  }
  return job;
}

async function ask(exchange: Exchange, { id }: VideoJob, { way, deps, relayDeps }: Awaiting): Promise<VideoJob> {
  const call = way.face.encodeStatus(id, way.target);
  const { answer } = await callInTurn(
    exchange,
    {
      routed: onlyAt(way.deployment),
      streams: isNeverStream,
      prepare: async () => preparedVideoCall(way, call),
      onCall: () => undefined,
    },
    deps,
  );
  return reading(relayDeps, () => way.face.decodeJob(answer.body(), id));
}

/** Lets time pass, which is the provider's and not the hub's. @throws GatewayError why the request was stopped meanwhile */
function pause(exchange: Exchange, ms: number, { waiting }: AwaitFilmDeps): Promise<void> {
  const startedMs = exchange.elapsedMs();
  return new Promise((resolve, reject) => {
    const cancel = waiting.every(ms, () => {
      cancel();
      exchange.upstreamMs += exchange.elapsedMs() - startedMs;
      resolve();
    });
    exchange.onStop((error) => {
      cancel();
      reject(error);
    });
  });
}
