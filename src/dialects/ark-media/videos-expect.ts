import type { ExpectedVideo, VideoJob, VideoRequest } from '../../protocol/media.ts';
import { NO_USAGE } from '../../protocol/usage.ts';
import { pixelsOf, shapeOf } from './videos-shape.ts';

/** Frames in a second of film, and pixels to a token: https://www.volcengine.com/docs/82379/1544106 */
const FRAMES_PER_SECOND = 24;
const PIXELS_PER_TOKEN = 1024;

/**
 * Films are billed by tokens, which follow from their pixels and their frames. What Seedance makes unasked differs from
 * model to model, so a film of which neither length nor resolution was said has no number yet.
 */
export function expectVideo(asked: Pick<VideoRequest, 'seconds' | 'size' | 'extra'>, job: VideoJob): ExpectedVideo {
  const seconds = job.seconds ?? asked.seconds;
  const { resolution: own } = asked.extra;
  const resolution = job.size ?? (typeof own === 'string' ? own : undefined) ?? shapeOf(asked.size ?? '')?.resolution;
  const pixels = resolution === undefined ? undefined : pixelsOf(resolution);
  const outputTokens =
    seconds === undefined || pixels === undefined
      ? undefined
      : Math.ceil((pixels * FRAMES_PER_SECOND * seconds) / PIXELS_PER_TOKEN);
  return { seconds, usage: { ...NO_USAGE, outputTokens }, made: { imageSize: resolution } };
}
