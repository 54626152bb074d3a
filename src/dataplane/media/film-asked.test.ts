import { describe, expect, test } from 'vitest';
import { arkVideos } from '../../dialects/ark-media/videos.ts';
import { geminiVideos } from '../../dialects/gemini-media/videos.ts';
import type { VideosFace } from '../../dialects/media-contract.ts';
import { openaiVideos } from '../../dialects/openai-media/videos.ts';
import type { JsonObject } from '../../kernel/json.ts';
import { usdPerMillion, usdToNano } from '../../kernel/money.ts';
import { compileRateCard } from '../../metering/compile-rate-card.ts';
import { priceLine } from '../../metering/price-line.ts';
import type { CallTerms } from '../../metering/settle-call.ts';
import type { AskedSize } from './film-asked.ts';
import { describeAsked, END_OF_UNKNOWN_FILM, endOfFilm } from './film-asked.ts';
import { filmJob } from './testing/film-job.ts';

/** A hundred nano-credits a second, three hundred a large one, and one a token. */
const TERMS: CallTerms = {
  cost: compileRateCard({
    id: 'rc_1',
    providerId: 'p',
    model: 'm',
    version: 1,
    source: 'operator',
    effectiveFrom: 0,
    prices: [
      priceLine('video-second', usdPerMillion('0.1')),
      { ...priceLine('video-second', usdPerMillion('0.3')), imageSize: '1792x1024' },
      { ...priceLine('video-second', usdPerMillion('0.3')), imageSize: '4k' },
      priceLine('output', usdPerMillion('0.001')),
    ],
  }),
  creditPrice: usdToNano('1'),
  marginMillionths: 0,
  list: undefined,
  isBelowCostAllowed: false,
  ruleId: undefined,
  brokenStreams: 'waive-if-nothing-delivered',
};
const NOTHING: AskedSize = { seconds: undefined, size: undefined, extra: {} };

const said = (face: VideosFace, body: JsonObject) => face.decodeJob(Buffer.from(JSON.stringify(body)), 'film_1');

/** The end of a film that was asked for and begun so, by what its provider says of it then. */
function endOf(face: VideosFace, asked: Partial<AskedSize>, body: JsonObject) {
  const known = describeAsked(face, { ...NOTHING, ...asked }, said(face, { id: 'film_1', status: 'queued' }));
  return endOfFilm(said(face, body), face)(filmJob(known), TERMS);
}

const OPENAI_DONE = { id: 'film_1', status: 'completed' };
const ARK_DONE = { id: 'film_1', status: 'succeeded', content: { video_url: 'https://films.test/1' } };
const VEO_DONE = {
  done: true,
  response: { generateVideoResponse: { generatedSamples: [{ video: { uri: 'https://films.test/1' } }] } },
};

describe('a film that is made', () => {
  test.each<[string, VideosFace, Partial<AskedSize>, JsonObject, string, bigint]>([
    ['by the seconds that are told', openaiVideos, { seconds: 4 }, { ...OPENAI_DONE, seconds: '8' }, 'settled', 800n],
    [
      'by the size that is told',
      openaiVideos,
      { seconds: 4 },
      { ...OPENAI_DONE, seconds: '4', size: '1792x1024' },
      'settled',
      1200n,
    ],
    ['by what was asked for where nothing is told', openaiVideos, { seconds: 12 }, OPENAI_DONE, 'estimated', 1200n],
    ['by the size that was asked for', geminiVideos, { seconds: 4, size: '4k' }, VEO_DONE, 'estimated', 1200n],
    ['by the default where nothing was asked for', geminiVideos, {}, VEO_DONE, 'estimated', 800n],
    [
      'by the tokens that are told',
      arkVideos,
      { seconds: 5, size: '720p' },
      { ...ARK_DONE, usage: { completion_tokens: 700 } },
      'settled',
      700n,
    ],
    [
      'by the tokens that follow from what is told',
      arkVideos,
      {},
      { ...ARK_DONE, duration: 5, resolution: '480p' },
      'estimated',
      48_600n,
    ],
    [
      'by what is likely where a number is beyond belief',
      arkVideos,
      { seconds: 5, size: '480p' },
      { ...ARK_DONE, usage: { completion_tokens: -5 } },
      'estimated',
      48_600n,
    ],
  ])('is charged %s', (_, face, asked, body, state, amountNano) => {
    const end = endOf(face, asked, body);
    expect(end).toMatchObject({ kind: 'end', id: 'ur_1', path: ['organization/org_1'], state, amountNano });
    // What it is for stands on the charge: the record of the call was written before.
    expect(end.used?.usageBasis).toBe(state === 'settled' ? 'reported' : 'estimated');
  });

  test('is charged what was likely when it was begun where its prices are gone', () => {
    const end = endOfFilm(said(openaiVideos, OPENAI_DONE), openaiVideos)(filmJob('{}'), undefined);
    expect(end).toMatchObject({ state: 'estimated', amountNano: 500n });
  });

  test('is charged by nothing that is damaged', () => {
    const end = endOfFilm(said(openaiVideos, OPENAI_DONE), openaiVideos)(filmJob('{"seconds":"x"'), TERMS);
    expect(end).toMatchObject({ state: 'estimated', amountNano: 400n });
  });
});

test.each<[string, VideosFace, JsonObject]>([
  ['at OpenAI', openaiVideos, { id: 'film_1', status: 'failed' }],
  ['at Google, with an error', geminiVideos, { done: true, error: { code: 3, message: 'no' } }],
  ['at Google, without a film', geminiVideos, { done: true, response: {} }],
  ['at Ark', arkVideos, { id: 'film_1', status: 'failed' }],
  ['at Ark, taken out of the queue', arkVideos, { id: 'film_1', status: 'cancelled' }],
  ['at Ark, not begun in time', arkVideos, { id: 'film_1', status: 'expired' }],
])('a film that could not be made is free: %s', (_, face, body) => {
  expect(endOf(face, { seconds: 8 }, body)).toMatchObject({ state: 'released', amountNano: 0n });
});

test('a film that its provider has forgotten is charged what was likely when it was begun', () => {
  expect(END_OF_UNKNOWN_FILM(filmJob('{}'), TERMS)).toMatchObject({
    state: 'estimated',
    amountNano: 500n,
    basis: 'estimated, its provider no longer knows it',
  });
});
