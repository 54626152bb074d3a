import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../kernel/json.ts';
import type { VideoJob } from '../../protocol/media.ts';
import { NO_USAGE, UNSAID_USAGE } from '../../protocol/usage.ts';
import { mediaTarget, videoRequest } from '../media-test-support.ts';
import { arkVideos } from './videos.ts';

const TARGET = mediaTarget('doubao-seedance-2-0-260128', { path: '/api/v3/contents/generations/tasks' });

const job = (told: JsonObject, id?: string): VideoJob => arkVideos.decodeJob(Buffer.from(JSON.stringify(told)), id);

describe('a film that is asked of Ark', () => {
  test('goes as content: its words, then its first picture', () => {
    const image = { mediaType: 'image/png', data: Buffer.from('picture'), filename: undefined };
    const { call, losses } = arkVideos.encodeCreate(videoRequest({ image, seconds: 5 }), TARGET);
    expect(call).toMatchObject({ method: 'POST', path: '/api/v3/contents/generations/tasks' });
    expect(JSON.parse(String(call.body))).toEqual({
      model: 'doubao-seedance-2-0-260128',
      content: [
        { type: 'text', text: 'a calm sea' },
        {
          type: 'image_url',
          image_url: { url: `data:image/png;base64,${Buffer.from('picture').toString('base64')}` },
          role: 'first_frame',
        },
      ],
      duration: 5,
    });
    expect(losses).toEqual([]);
  });

  test.each<[string, JsonObject | undefined]>([
    ['1280x720', { resolution: '720p', ratio: '16:9' }],
    ['1080x1920', { resolution: '1080p', ratio: '9:16' }],
    ['480x480', { resolution: '480p', ratio: '1:1' }],
    ['720P', { resolution: '720p' }],
    ['adaptive', { ratio: 'adaptive' }],
    ['1792x1024', undefined],
    ['4k', undefined],
  ])('the size %s becomes Ark’s words, or is lost', (size, fields) => {
    const { call, losses } = arkVideos.encodeCreate(videoRequest({ size }), TARGET);
    const { model: _model, content: _content, ...rest } = JSON.parse(String(call.body));
    expect(rest).toEqual(fields ?? {});
    expect(losses.map(({ field }) => field)).toEqual(fields === undefined ? ['size'] : []);
  });

  test('keeps Ark’s own words, but for those that change the price or the way back', () => {
    const extra = {
      seed: 4,
      camera_fixed: true,
      watermark: false,
      service_tier: 'flex',
      callback_url: 'https://x.test',
      ratio: {},
    };
    const { call, losses } = arkVideos.encodeCreate(videoRequest({ extra }), TARGET);
    expect(JSON.parse(String(call.body))).toMatchObject({ seed: 4, camera_fixed: true, watermark: false });
    expect(losses.map(({ field }) => field)).toEqual(['service_tier', 'callback_url', 'ratio']);
  });

  test('is asked after and deleted by its id, and fetched from its own address alone', () => {
    const done = job({ id: 'cgt-1', status: 'succeeded', content: { video_url: 'https://x.test/film' } });
    expect(arkVideos.encodeStatus('cgt-1', TARGET).path).toBe('/api/v3/contents/generations/tasks/cgt-1');
    expect(arkVideos.encodeDelete?.('cgt-1', TARGET)).toMatchObject({ method: 'DELETE' });
    expect(arkVideos.encodeContent(done, TARGET, 'video')).toBeUndefined();
    expect(arkVideos.encodeRemix).toBeUndefined();
  });
});

describe('what Ark tells of a film', () => {
  const told = { id: 'cgt-1', model: 'doubao-seedance-2-0-260128', created_at: 1_750_000_000 };

  test.each<[JsonObject, Partial<VideoJob>]>([
    [{}, { status: 'queued' }],
    [{ status: 'queued' }, { status: 'queued' }],
    [
      { status: 'running', error: null },
      { status: 'running', url: undefined },
    ],
    [
      {
        status: 'succeeded',
        content: { video_url: 'https://x.test/film' },
        usage: { completion_tokens: 108_900, total_tokens: 108_900 },
        resolution: '720p',
        duration: 5,
      },
      {
        status: 'done',
        url: 'https://x.test/film',
        seconds: 5,
        size: '720p',
        usage: { usage: { ...NO_USAGE, outputTokens: 108_900 }, anomalies: [] },
      },
    ],
    [{ status: 'succeeded', content: { video_url: 'https://x.test/f' }, usage: 7 }, { usage: UNSAID_USAGE }],
    [
      { status: 'succeeded', content: { video_url: 'https://x.test/f' }, usage: { completion_tokens: -1 } },
      { usage: { usage: NO_USAGE, anomalies: ['negative:completion_tokens'] } },
    ],
    [
      { status: 'failed', error: { code: 'OutputVideoSensitiveContentDetected', message: 'Sensitive.' } },
      { status: 'failed', error: { code: 'OutputVideoSensitiveContentDetected', message: 'Sensitive.' } },
    ],
    [
      { status: 'expired' },
      { status: 'failed', error: { code: 'expired', message: 'The provider ended the task: expired.' } },
    ],
    [{ status: 'cancelled', error: 7 }, { status: 'failed' }],
    [{ status: 'paused' }, { status: 'running' }],
  ])('%j', (more, expected) => {
    expect(job({ ...told, ...more })).toMatchObject({ id: 'cgt-1', ...expected });
  });

  test.each([['{'], ['[]'], ['{}'], ['{"id":"cgt-1","status":"succeeded"}']])('%s is no answer', (text) => {
    expect(() => arkVideos.decodeJob(Buffer.from(text), undefined)).toThrow(
      expect.objectContaining({ code: 'upstream.invalid_answer' }),
    );
  });

  test('an error in the place of a task is the provider’s fault', () => {
    expect(() => job({ error: { code: 'InternalServiceError', message: 'Down.' } })).toThrow(
      expect.objectContaining({ code: 'upstream.error' }),
    );
  });

  test('it will be billed by tokens, which follow from its pixels and its length where both are known', () => {
    const bare = job(told);
    const { expect: will } = arkVideos;
    expect(will(videoRequest({ seconds: 5, size: '1280x720' }), bare)).toMatchObject({
      seconds: 5,
      usage: { outputTokens: 108_000, seconds: undefined },
      made: { imageSize: '720p' },
    });
    expect(will(videoRequest({ seconds: 5, extra: { resolution: '480p' } }), bare).usage.outputTokens).toBe(48_600);
    expect(will(videoRequest({ seconds: 5 }), bare).usage).toEqual(NO_USAGE);
    expect(will(videoRequest({ size: '720p' }), bare).usage).toEqual(NO_USAGE);
  });
});
