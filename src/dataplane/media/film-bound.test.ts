import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { arkVideos } from '../../dialects/ark-media/videos.ts';
import { geminiVideos } from '../../dialects/gemini-media/videos.ts';
import type { VideosFace } from '../../dialects/media-contract.ts';
import { videoRequest } from '../../dialects/media-test-support.ts';
import { openaiVideos } from '../../dialects/openai-media/videos.ts';
import type { JsonObject } from '../../kernel/json.ts';
import { usdPerMillion, usdToNano } from '../../kernel/money.ts';
import { compileRateCard } from '../../metering/compile-rate-card.ts';
import { boundMeasures } from '../../metering/count-made.ts';
import { priceLine } from '../../metering/price-line.ts';
import type { CallTerms } from '../../metering/settle-call.ts';
import type { VideoJob } from '../../protocol/media.ts';
import type { Price, PriceUnit } from '../../protocol/rate-card.ts';
import { describeAsked, endOfFilm } from './film-asked.ts';
import { boundFilm, boundPassedFilm } from './film-bound.ts';
import { filmJob } from './testing/film-job.ts';

const NOON = Date.parse('2026-11-23T12:00:00Z');
const CARD = { id: 'rc_1', providerId: 'p', model: 'm', version: 1, source: 'operator', effectiveFrom: 0 } as const;
/** A second costs a thousand, one of 1792x1024 or 4k three thousand. */
const BY_SIZE = [line('video-second', '1'), line('video-second', '3', '1792x1024'), line('video-second', '3', '4k')];

function line(unit: PriceUnit, amount: string, imageSize?: string): Price {
  return { ...priceLine(unit, usdPerMillion(amount)), imageSize };
}

function termsOf(prices: readonly Price[]): CallTerms {
  return {
    cost: compileRateCard({ ...CARD, prices }),
    creditPrice: usdToNano('1'),
    marginMillionths: 0,
    list: undefined,
    isBelowCostAllowed: false,
    ruleId: undefined,
    brokenStreams: 'bill-provider-usage',
  };
}

/** The most that a film can be charged, in thousands of nano-credits. */
const passed = (body: JsonObject, before?: { seconds: number | undefined; size: string | undefined }): bigint =>
  mostOf(termsOf(BY_SIZE), boundPassedFilm(body, openaiVideos, before)) / 1000n;

function mostOf(terms: CallTerms, { measures }: ReturnType<typeof boundFilm>): bigint {
  const most = boundMeasures(terms, measures, NOON);
  return most.kind === 'most' ? most.priceNano : -1n;
}

describe('the most that a film can cost whose request goes on as it came', () => {
  test.each<[string, JsonObject, bigint]>([
    ['the default of its form where nothing is said', {}, 4n],
    ['the seconds that are asked for', { seconds: '8' }, 8n],
    ['the seconds as a number', { seconds: 12 }, 12n],
    ['the price of its size', { seconds: '8', size: '1792x1024' }, 24n],
    ['the plain price of a size without one of its own', { seconds: '8', size: '1280x720' }, 8n],
    ['the longest where seconds are none', { seconds: 'long' }, 20n],
    ['the longest where they are below zero', { seconds: -1 }, 20n],
    ['the longest where they are nothing', { seconds: 0 }, 20n],
    ['the longest where they are a list', { seconds: [4] }, 20n],
    ['the dearest size where it is none', { seconds: 4, size: 7 }, 12n],
    ['the longest of several words for the length', { seconds: 4, duration: 10, n_seconds: '6' }, 10n],
    ['as many films as are asked for', { seconds: 4, n: 3 }, 12n],
    ['as many as there may be where their number is none', { seconds: 4, n_variants: 'all' }, 16n],
    ['what is null is not said', { seconds: null, size: null, n: null }, 4n],
    ['a form’s empty field is not said', { seconds: '' }, 4n],
    ['a length beyond belief', { seconds: 1e300 }, 1_000_000n],
  ])('%s', (_, body, most) => {
    expect(passed(body)).toBe(most);
  });

  test.each<[string, JsonObject, { seconds: number | undefined; size: string | undefined }, bigint]>([
    ['that of the film before', {}, { seconds: 12, size: '1792x1024' }, 36n],
    ['and no less, whatever is said', { seconds: 4, size: '1280x720' }, { seconds: 12, size: '1280x720' }, 36n],
    ['more, where more is asked for', { seconds: 16 }, { seconds: 12, size: '1280x720' }, 16n],
    ['the dearest, where nobody knows what it was', {}, { seconds: undefined, size: undefined }, 60n],
  ])('out of another: %s', (_, body, before, most) => {
    expect(passed(body, before)).toBe(most);
  });
});

describe('the most that a film can cost in its provider’s own form', () => {
  const asked = (face: VideosFace, fields: Parameters<typeof videoRequest>[0], prices = BY_SIZE): bigint =>
    mostOf(termsOf(prices), boundFilm(videoRequest(fields), face)) / 1000n;
  const TOKENS = [line('output', '1')];

  test.each<[string, Parameters<typeof videoRequest>[0], bigint]>([
    ['Google’s defaults', {}, 8n],
    ['the resolution, as pixels', { seconds: 4, size: '3840x2160' }, 12n],
    ['the resolution, as a word of any case', { seconds: 4, extra: { resolution: '4K' } }, 12n],
  ])('%s', (_, fields, most) => {
    expect(asked(geminiVideos, fields)).toBe(most);
  });

  // Frames × pixels / 1024, a frame more than the seconds, and a twentieth for ratios with larger frames.
  test.each<[string, Parameters<typeof videoRequest>[0], bigint]>([
    ['by its length and resolution', { seconds: 5, size: '720p' }, 114_345n],
    ['the largest unasked where no resolution is said', { seconds: 5 }, 257_277n],
    ['the longest where no length is said', { size: '720p' }, 341_145n],
    ['the largest where the resolution is not known', { seconds: 5, extra: { resolution: '8k' } }, 1_029_105n],
    ['frames that are told instead', { size: '720p', extra: { frames: 240 } }, 227_745n],
    ['the longest where they are none', { size: '720p', extra: { frames: 'all' } }, 341_145n],
    [
      'the longest and largest where the words say more',
      { prompt: 'a sea --rs 1080p --dur 12', seconds: 5, size: '480p' },
      3_070_305n,
    ],
  ])('Ark’s tokens: %s', (_, fields, most) => {
    expect(asked(arkVideos, fields, TOKENS)).toBe(most);
  });

  test('is not known where neither its seconds nor its tokens have a price', () => {
    const { measures } = boundFilm(videoRequest(), arkVideos);
    expect(boundMeasures(termsOf([line('image', '1')]), measures, NOON)).toEqual({
      kind: 'unpriced',
      units: ['video-second'],
    });
  });
});

test('what a film is charged that was made as it was asked for is never more than is held, and never nothing', () => {
  const faces = fc.constantFrom<{ readonly face: VideosFace; readonly sizes: readonly (string | undefined)[] }>(
    { face: openaiVideos, sizes: [undefined, '1792x1024', '1280x720'] },
    { face: geminiVideos, sizes: [undefined, '4k', '1080p', '1280x720'] },
    { face: arkVideos, sizes: [undefined, '480p', '720p', '1080p'] },
  );
  const prices = fc
    .subarray<Price>([...BY_SIZE, line('output', '2'), line('request', '5'), line('video-second', '7', '1080p')])
    .map(termsOf);
  const film = faces.chain(({ face, sizes }) =>
    fc.record({
      face: fc.constant(face),
      size: fc.constantFrom(...sizes),
      seconds: fc.option(fc.integer({ min: 1, max: 15 }), { nil: undefined }),
    }),
  );
  fc.assert(
    fc.property(film, prices, ({ face, size, seconds }, terms) => {
      const request = videoRequest({ size, seconds });
      const most = mostOf(terms, boundFilm(request, face));
      if (most < 0n) return;
      const found = filmJob(describeAsked(face, request, job(face, {})));
      const told = face.expect(request, job(face, {})).usage.outputTokens;
      const end = endOfFilm(job(face, { seconds, size, told }), face)(found, terms);
      expect(end.amountNano).toBeLessThanOrEqual(most);
      expect(end.amountNano).toBeGreaterThan(0n);
    }),
    { numRuns: 2000 },
  );
});

/** What a provider says of a film, in its own form: one that is made, as long and as large as it was asked for. */
function job(
  face: VideosFace,
  { seconds, size, told }: { seconds?: number | undefined; size?: string | undefined; told?: number | undefined },
): VideoJob {
  const isArk = face === arkVideos;
  const body = {
    id: 'film_1',
    name: 'models/veo/operations/1',
    status: isArk ? 'succeeded' : 'completed',
    done: true,
    response: { generateVideoResponse: { generatedSamples: [{ video: { uri: 'https://films.test/1' } }] } },
    content: { video_url: 'https://films.test/1' },
    ...(isArk ? { duration: seconds, resolution: size } : { seconds: seconds && String(seconds), size }),
    ...(told === undefined ? {} : { usage: { completion_tokens: told } }),
  };
  return face.decodeJob(Buffer.from(JSON.stringify(body)), undefined);
}
