import type { AskedVideo, VideoJob } from '../../protocol/media.ts';
import { NO_USAGE, type ReadUsage } from '../../protocol/usage.ts';
import type { Exchange } from '../exchange.ts';
import { type Metered, meterCall } from '../meter.ts';
import type { MeterPort } from '../ports.ts';
import type { VideoWay } from './video-way.ts';

/** What a film was asked to be, as far as its price hangs on it. */
export type AskedSize = Pick<AskedVideo, 'seconds' | 'size' | 'extra'>;

/**
 * What a film costs: by the provider's own numbers once it is done and told, until then by what was asked for. One that
 * failed used nothing.
 */
export function meterVideo(
  exchange: Exchange,
  { job, asked, way }: { readonly job: VideoJob; readonly asked: AskedSize; readonly way: VideoWay },
  meter: MeterPort,
): Metered & { readonly seconds: number | undefined } {
  const expected = way.face.expect(asked, job);
  const usage: ReadUsage = job.status === 'failed' ? NOTHING_USED : (told(job.usage) ?? estimated(expected.usage));
  const fallback = { body: {}, output: { contentBytes: 0, contentEvents: 0 }, made: expected.made };
  return { ...meterCall(exchange, usage, fallback, meter), seconds: expected.seconds };
}

/** Said outright, so that a film that failed is free and not of unknown cost. */
const NOTHING_USED: ReadUsage = { usage: { ...NO_USAGE, seconds: 0 }, anomalies: [] };

function told(read: ReadUsage): ReadUsage | undefined {
  const { seconds, outputTokens } = read.usage;
  return seconds === undefined && outputTokens === undefined ? undefined : read;
}

function estimated(usage: ReadUsage['usage']): ReadUsage {
  return { usage, anomalies: [], basis: 'estimated' };
}
