import type { BoundVideo, ExpectedVideo, VideoJob, VideoRequest } from '../../protocol/media.ts';
import { NO_USAGE } from '../../protocol/usage.ts';
import { pixelsOf, shapeOf } from './videos-shape.ts';

/** Frames in a second of film, and pixels to a token: https://www.volcengine.com/docs/82379/1544106 */
const FRAMES_PER_SECOND = 24;
const PIXELS_PER_TOKEN = 1024;
/** The longest and the largest that any of the models makes, and what they likely make unasked. */
const SECONDS_MAX = 15;
const PIXELS_MAX = 3840 * 2160;
const LARGEST_UNASKED = '1080p';
const LIKELY_SECONDS = 5;
const LIKELY_RESOLUTION = '720p';
/** Frames of the same resolution are a little larger in some ratios than in others. */
const RATIO_SHARE = 1.05;
/** Words such as `--dur 10` in what the film is to show tell its length and its resolution, too. */
const SAYS_MORE = /(?:^|\s)--?[a-z]/i;

/**
 * Films are billed by tokens, which follow from their pixels and their frames. What Seedance makes unasked differs from
 * model to model, so a film of which neither length nor resolution was said has no number yet.
 */
export function expectVideo(asked: Pick<VideoRequest, 'seconds' | 'size' | 'extra'>, job: VideoJob): ExpectedVideo {
  const seconds = job.seconds ?? asked.seconds;
  const resolution = job.size ?? resolutionAsked(asked);
  const pixels = resolution === undefined ? undefined : pixelsOf(resolution);
  const outputTokens =
    seconds === undefined || pixels === undefined ? undefined : tokensOf(pixels, FRAMES_PER_SECOND * seconds);
  return { seconds, usage: { ...NO_USAGE, outputTokens }, made: { imageSize: resolution } };
}

/**
 * A model decides itself what was not said, and may make the longest. Films have a frame more than their seconds, and
 * their frames a few more pixels than those by which their resolution is called.
 */
export function boundVideo(asked: Pick<VideoRequest, 'prompt' | 'seconds' | 'size' | 'extra'>): BoundVideo {
  const resolution = resolutionAsked(asked);
  const said = SAYS_MORE.test(asked.prompt);
  const mostSeconds = Math.max(lengthAsked(asked) ?? SECONDS_MAX, said ? SECONDS_MAX : 0);
  const mostPixels = said ? PIXELS_MAX : (pixelsOf(resolution ?? LARGEST_UNASKED) ?? PIXELS_MAX);
  const mostTokens = tokensOf(mostPixels * RATIO_SHARE, FRAMES_PER_SECOND * mostSeconds + 1);
  const seconds = lengthAsked(asked) ?? LIKELY_SECONDS;
  const pixels = pixelsOf(resolution ?? LIKELY_RESOLUTION) ?? PIXELS_MAX;
  return {
    most: { seconds: mostSeconds, outputTokens: mostTokens },
    likely: { seconds, outputTokens: tokensOf(pixels, FRAMES_PER_SECOND * seconds) },
    made: said ? {} : { imageSize: resolution },
  };
}

/** In seconds; frames may be told instead, and a number of them that is none stands for the most. */
function lengthAsked({ seconds, extra }: Pick<VideoRequest, 'seconds' | 'extra'>): number | undefined {
  const { frames } = extra;
  if (frames === undefined || frames === null) return seconds;
  const told = typeof frames === 'number' && frames > 0 ? frames / FRAMES_PER_SECOND : SECONDS_MAX;
  return Math.max(told, seconds ?? 0);
}

function resolutionAsked({ size, extra }: Pick<VideoRequest, 'size' | 'extra'>): string | undefined {
  const { resolution } = extra;
  return (typeof resolution === 'string' ? resolution.toLowerCase() : undefined) ?? shapeOf(size ?? '')?.resolution;
}

function tokensOf(pixels: number, frames: number): number {
  return Math.ceil((pixels * frames) / PIXELS_PER_TOKEN);
}
