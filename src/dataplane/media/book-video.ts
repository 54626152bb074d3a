import { NO_CREDITS } from '../../kernel/money.ts';
import type { VideoJob } from '../../protocol/media.ts';
import { NO_USAGE, type ReadUsage } from '../../protocol/usage.ts';
import type { Exchange } from '../exchange.ts';
import { type Metered, meterCall } from '../meter.ts';
import type { MeterPort } from '../ports.ts';
import { type AskedSize, describeAsked, toldOf } from './film-asked.ts';
import type { VideoWay } from './video-way.ts';

/** A film as far as it is known. */
export type BookedFilm = { readonly job: VideoJob; readonly asked: AskedSize; readonly way: VideoWay };

/**
 * What a film costs: by the provider's own numbers once it is done and told, until then by what was asked for. One that
 * failed used nothing.
 */
export function meterVideo(
  exchange: Exchange,
  { job, asked, way }: BookedFilm,
  meter: MeterPort,
): Metered & { readonly seconds: number | undefined } {
  const expected = way.face.expect(asked, job);
  const hasFailed = job.status === 'failed';
  const usage: ReadUsage = hasFailed ? NOTHING_USED : (toldOf(job) ?? estimated(expected.usage));
  const fallback = { body: {}, output: { contentBytes: 0, contentEvents: 0 }, made: expected.made };
  const metered = { ...meterCall(exchange, usage, fallback, meter), seconds: expected.seconds };
  if (!hasFailed || metered.priceNano === undefined) return metered;
  return { ...metered, priceNano: NO_CREDITS, charged: { usageBasis: undefined, broken: undefined } };
}

/** Keeps the credit for a film that is still being made; to be awaited before its record says what it is to cost. */
export async function awaitEnd(
  { credit, deployment, credentialId, principal }: Exchange,
  { job, asked, way }: BookedFilm,
  { priceNano }: Pick<Metered, 'priceNano'>,
): Promise<void> {
  if (credit === undefined || deployment === undefined || principal === undefined || isOver(job)) return;
  const { organizationId, projectId } = principal;
  await credit.awaitJob(
    {
      organizationId,
      projectId,
      operation: 'videos',
      connectionId: deployment.connection.id,
      credentialId,
      upstreamId: job.id,
      upstreamModel: deployment.upstreamModel,
      asked: describeAsked(way.face, asked, job),
    },
    { firstAskMs: way.face.pollMs, fallbackNano: priceNano ?? NO_CREDITS },
  );
}

/** Whether nothing more becomes of it. */
export function isOver({ status }: VideoJob): boolean {
  return status === 'done' || status === 'failed';
}

/** Said outright, so that a film that failed is free and not of unknown cost. */
const NOTHING_USED: ReadUsage = { usage: { ...NO_USAGE, seconds: 0 }, anomalies: [] };

function estimated(usage: ReadUsage['usage']): ReadUsage {
  return { usage, anomalies: [], basis: 'estimated' };
}
