import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../kernel/json.ts';
import type { VideoJob } from '../../protocol/media.ts';
import { mediaTarget, videoRequest } from '../media-test-support.ts';
import { geminiVideos } from './videos.ts';

const TARGET = mediaTarget('models/veo-3.1-generate-preview', { path: '/v1beta/models' });
const NAME = 'models/veo-3.1-generate-preview/operations/op1';

const job = (told: JsonObject, id?: string): VideoJob => geminiVideos.decodeJob(Buffer.from(JSON.stringify(told)), id);

describe('a film that is asked of Veo', () => {
  test('goes to the model’s address, with words and picture as one instance', () => {
    const image = { mediaType: 'image/jpeg', data: Buffer.from('picture'), filename: 'a.jpg' };
    const { call, losses } = geminiVideos.encodeCreate(videoRequest({ image, seconds: 6 }), TARGET);
    expect(call).toMatchObject({ method: 'POST', path: '/v1beta/models/veo-3.1-generate-preview:predictLongRunning' });
    expect(JSON.parse(String(call.body))).toEqual({
      instances: [
        {
          prompt: 'a calm sea',
          image: { bytesBase64Encoded: Buffer.from('picture').toString('base64'), mimeType: 'image/jpeg' },
        },
      ],
      parameters: { durationSeconds: 6 },
    });
    expect(losses).toEqual([]);
  });

  test.each<[string, JsonObject | undefined]>([
    ['1280x720', { aspectRatio: '16:9', resolution: '720p' }],
    ['720x1280', { aspectRatio: '9:16', resolution: '720p' }],
    ['1920x1080', { aspectRatio: '16:9', resolution: '1080p' }],
    ['3840X2160', { aspectRatio: '16:9', resolution: '4k' }],
    ['9:16', { aspectRatio: '9:16' }],
    ['1080P', { resolution: '1080p' }],
    ['1792x1024', undefined],
    ['1024x1024', undefined],
    ['0x0', undefined],
    ['huge', undefined],
  ])('the size %s becomes Google’s words, or is lost', (size, parameters) => {
    const { call, losses } = geminiVideos.encodeCreate(videoRequest({ size }), TARGET);
    expect(JSON.parse(String(call.body))['parameters']).toEqual(parameters);
    expect(losses.map(({ field }) => field)).toEqual(parameters === undefined ? ['size'] : []);
  });

  test('keeps Google’s own words, and loses what the API has no field for', () => {
    const extra = {
      negative_prompt: 'rain',
      personGeneration: 'allow_adult',
      resolution: '4k',
      seed: 7,
      sampleCount: 4,
    };
    const { call, losses } = geminiVideos.encodeCreate(videoRequest({ extra, size: '1280x720' }), TARGET);
    expect(JSON.parse(String(call.body))['parameters']).toEqual({
      aspectRatio: '16:9',
      resolution: '4k',
      negativePrompt: 'rain',
      personGeneration: 'allow_adult',
    });
    expect(losses.map(({ field }) => field)).toEqual(['seed', 'sampleCount']);
  });

  test('is asked after by its operation, beside the models', () => {
    expect(geminiVideos.encodeStatus(NAME, TARGET)).toMatchObject({ method: 'GET', path: `/v1beta/${NAME}` });
    expect(geminiVideos.encodeStatus('../../x', TARGET).path).toBe('/v1beta/%2E%2E/%2E%2E/x');
    expect(geminiVideos.encodeDelete).toBeUndefined();
  });

  test('is fetched from where it lies, at the provider', () => {
    const url = 'https://generativelanguage.example/v1beta/files/abc:download?alt=media';
    const done = { ...job({ name: NAME, done: true }), url };
    expect(geminiVideos.encodeContent(done, TARGET, 'video')?.path).toBe('/v1beta/files/abc:download?alt=media');
    expect(geminiVideos.encodeContent(done, TARGET, 'thumbnail')).toBeUndefined();
    expect(geminiVideos.encodeContent({ ...done, url: 'nowhere' }, TARGET, 'video')).toBeUndefined();
  });
});

describe('what Google tells of a film', () => {
  const done = (response: JsonObject): JsonObject => ({
    name: NAME,
    done: true,
    response: { generateVideoResponse: response },
  });

  test.each<[string, JsonObject, Partial<VideoJob>]>([
    ['it is in the making', { name: NAME, metadata: {} }, { status: 'running', url: undefined }],
    [
      'it lies at an address',
      done({
        generatedSamples: [{ video: { uri: 'https://x.test/film' } }, { video: { uri: 'https://x.test/other' } }],
      }),
      { status: 'done', url: 'https://x.test/film' },
    ],
    [
      'it was held back',
      done({ raiMediaFilteredCount: 1, raiMediaFilteredReasons: ['Faces of known people.', 7] }),
      { status: 'failed', error: { code: 'content_policy', message: 'Faces of known people.' } },
    ],
    [
      'it failed',
      { name: NAME, done: true, error: { code: 13, message: 'Internal.', status: 'INTERNAL' } },
      { status: 'failed', error: { code: 'INTERNAL', message: 'Internal.' } },
    ],
    [
      'it failed with a number',
      { name: NAME, done: true, error: { code: 3 } },
      { status: 'failed', error: { code: '3', message: 'The provider could not make the film.' } },
    ],
    ['it ended in nothing', { name: NAME, done: true }, { status: 'failed' }],
    ['it ended in something else', done({ generatedSamples: [7, { video: null }] }), { status: 'failed' }],
    ['its end is no word that is known', { name: NAME, done: 'yes', response: 7 }, { status: 'running' }],
  ])('%s', (_what, told, expected) => {
    expect(job(told)).toMatchObject({ id: NAME, ...expected });
  });

  test('an answer without a name is of the film that was asked after', () => {
    expect(job({ done: true, response: {} }, NAME).id).toBe(NAME);
    expect(() => job({ done: false })).toThrow(expect.objectContaining({ code: 'upstream.invalid_answer' }));
  });

  test('an error in the place of an operation is the provider’s fault', () => {
    expect(() => job({ error: { code: 429, message: 'Quota.', status: 'RESOURCE_EXHAUSTED' } })).toThrow(
      expect.objectContaining({ code: 'upstream.rate_limited' }),
    );
    expect(() => geminiVideos.decodeJob(Buffer.from('<html>'), NAME)).toThrow(
      expect.objectContaining({ code: 'upstream.invalid_answer' }),
    );
  });

  test('it will be billed by the seconds asked for and the resolution, which Google does not repeat', () => {
    const bare = job({ name: NAME });
    const { expect: will } = geminiVideos;
    expect(will(videoRequest(), bare)).toMatchObject({
      seconds: 8,
      usage: { seconds: 8 },
      made: { imageSize: '720p' },
    });
    expect(will(videoRequest({ seconds: 4, size: '3840x2160' }), bare)).toMatchObject({
      seconds: 4,
      made: { imageSize: '4k' },
    });
    expect(will(videoRequest({ size: '16:9', extra: { resolution: '1080p' } }), bare)).toMatchObject({
      made: { imageSize: '1080p' },
    });
  });
});
