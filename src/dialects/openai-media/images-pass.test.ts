import { describe, expect, it } from 'vitest';
import { mediaTarget } from '../media-test-support.ts';
import { ImagesStreamWatcher, mayPassImages, readImagesAnswer } from './images-pass.ts';

const USAGE = {
  input_tokens: 5,
  output_tokens: 9,
  total_tokens: 14,
  input_tokens_details: { text_tokens: 5, image_tokens: 0 },
};

function event(type: string, more: object = {}): string {
  return JSON.stringify({ type, b64_json: 'AAAA', size: '1024x1024', quality: 'low', ...more });
}

describe('whether a request goes on as it is', () => {
  it.each([
    ['gpt-image-1', { model: 'm', prompt: 'p', whatever: {} }, true],
    ['gpt-image-1', { response_format: 'url' }, false],
    ['gpt-image-1', { response_format: 'b64_json' }, false],
    ['dall-e-3', { response_format: 'url' }, true],
    ['dall-e-3', { background: 'opaque' }, false],
    ['any-other', { response_format: 'url', style: 's' }, true],
    ['any-other', { size: '1x1' }, false],
  ])('%s, %j: %s', (model, body, expected) => {
    expect(mayPassImages(body, mediaTarget(model, { quirks: { refuses: ['size'] } }))).toBe(expected);
  });
});

describe('an answer that passes by', () => {
  it('is priced by what it tells of itself', () => {
    const body = Buffer.from(
      JSON.stringify({ data: [{ b64_json: 'AAAA' }], size: '1024x1024', quality: 'low', usage: USAGE }),
    );
    expect(readImagesAnswer(body, { size: 'auto', quality: 'high' })).toMatchObject({
      made: { imageSize: '1024x1024', imageQuality: 'low' },
      usage: { usage: { images: 1, inputTokens: 5, imageOutputTokens: 9 } },
    });
  });

  it('is priced by what was asked where it tells nothing', () => {
    const body = Buffer.from(JSON.stringify({ data: [{ url: 'https://x.example/' }] }));
    expect(readImagesAnswer(body, { size: '1792x1024', quality: 'hd' }).made).toEqual({
      imageSize: '1792x1024',
      imageQuality: 'hd',
    });
    expect(readImagesAnswer(body, { size: 'auto', quality: 7 }).made).toEqual({
      imageSize: undefined,
      imageQuality: undefined,
    });
  });
});

describe('a stream that passes by', () => {
  it('ends with the finished picture, which tells what was used', () => {
    const watcher = new ImagesStreamWatcher({});
    expect(watcher.look(event('image_generation.partial_image')).kind).toBe('forward');
    expect(watcher.isFinished).toBe(false);
    expect(watcher.look(event('image_generation.completed', { usage: USAGE })).kind).toBe('terminator');
    expect(watcher).toMatchObject({
      isFinished: true,
      contentEvents: 2,
      made: { imageSize: '1024x1024', imageQuality: 'low' },
      usage: { usage: { images: 1, inputTokens: 5, imageOutputTokens: 9 } },
    });
  });

  it('is over only when as many pictures came as were asked for', () => {
    const watcher = new ImagesStreamWatcher({ n: 2 });
    expect(watcher.look(event('image_edit.completed')).kind).toBe('forward');
    expect(watcher.isFinished).toBe(false);
    expect(watcher.look(event('image_edit.completed')).kind).toBe('terminator');
    expect(watcher.usage.usage.images).toBe(2);
  });

  it('lets pictures on the way by without a look into them', () => {
    const watcher = new ImagesStreamWatcher({});
    const partial = `event: image_generation.partial_image\ndata: ${event('image_generation.partial_image')}\n\n`;
    expect(watcher.isPlain(partial)).toBe(true);
    expect(watcher.contentEvents).toBe(1);
    expect(watcher.isPlain(`${partial}data: ${event('image_generation.completed')}\n\n`)).toBe(false);
    expect(watcher.isPlain(`${partial}data: {"error":{}}\n\n`)).toBe(false);
    expect(watcher.isPlain(': comment\n\n')).toBe(false);
  });

  it.each([
    ['{"type":"error","error":{"message":"m","code":"c"}}', 'fault'],
    ['{"type":"error","message":"m","code":"c"}', 'fault'],
    ['{"error":"m"}', 'fault'],
    ['{', 'garbage'],
    ['[]', 'garbage'],
    ['', 'forward'],
    ['[DONE]', 'forward'],
    ['{"type":7}', 'forward'],
  ])('judges %s: %s', (data, kind) => {
    const watcher = new ImagesStreamWatcher({ n: {} });
    expect(watcher.look(data).kind).toBe(kind);
    expect(watcher.isFinished).toBe(false);
  });
});
