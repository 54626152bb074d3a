import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../kernel/json.ts';
import { nanoCredits } from '../../kernel/money.ts';
import { NO_USAGE } from '../../protocol/usage.ts';
import { decodeAigneVideo, encodeAigneVideo, type MadeVideo } from './videos.ts';

const input = (fields: JsonObject): JsonObject => ({
  input: { prompt: 'a calm sea', ...fields },
  agent: '$CHAT_MODEL',
});

describe('a film that the AIGNE client asks for', () => {
  test('names its model twice, and its length as a string', () => {
    const { model, asked, wants } = decodeAigneVideo(
      input({
        size: '1280x720',
        seconds: '4',
        outputFileType: 'url',
        model: 'openai/sora-2',
        modelOptions: { model: 'openai/sora-2', negativePrompt: 'rain' },
      }),
    );
    expect({ model, wants }).toEqual({ model: 'openai/sora-2', wants: 'url' });
    expect(asked).toEqual({
      dialect: 'aigne-media',
      prompt: 'a calm sea',
      size: '1280x720',
      seconds: 4,
      image: undefined,
      extra: { negativePrompt: 'rain' },
    });
  });

  test.each<[string, JsonObject, Partial<ReturnType<typeof decodeAigneVideo>>]>([
    ['the client’s default model where none is named', {}, { model: 'openai/sora-2', wants: 'bytes' }],
    ['the model among the options', { modelOptions: { model: 'google/veo' } }, { model: 'google/veo' }],
    ['bytes for a file of the hub’s own machine', { outputFileType: 'local' }, { wants: 'bytes' }],
    ['nothing for null', { seconds: null, image: null, modelOptions: null }, { wants: 'bytes' }],
  ])('%s', (_what, fields, expected) => {
    expect(decodeAigneVideo(input(fields))).toMatchObject(expected);
  });

  test('takes what stands in the input before an option of the same name', () => {
    const { asked } = decodeAigneVideo(input({ seconds: '8', modelOptions: { seconds: '4', size: '720p' } }));
    expect(asked).toMatchObject({ seconds: 8, size: '720p', extra: {} });
  });

  test('begins with a picture, as a file or by its address', () => {
    const file = { type: 'file', data: Buffer.from('picture').toString('base64'), mimeType: 'image/png' };
    expect(decodeAigneVideo(input({ image: file })).asked.image).toMatchObject({ data: Buffer.from('picture') });
    const url = { type: 'url', url: 'https://x.test/a.png' };
    expect(decodeAigneVideo(input({ image: url })).asked.image).toEqual({ url: 'https://x.test/a.png' });
  });

  test.each<[JsonObject, string]>([
    [{}, 'input.prompt'],
    [{ input: 7 }, 'input'],
    [input({ prompt: [] }), 'input.prompt'],
    [input({ model: 7 }), 'input.model'],
    [input({ modelOptions: 'x' }), 'input.modelOptions'],
    [input({ modelOptions: { model: '' } }), 'input.modelOptions.model'],
    [input({ seconds: 'long' }), 'input.seconds'],
    [input({ seconds: 0 }), 'input.seconds'],
    [input({ size: {} }), 'input.size'],
    [input({ image: 7 }), 'input.image'],
    [input({ outputFileType: 'paper' }), 'input.outputFileType'],
  ])('%j is refused at %s', (body, param) => {
    expect(() => decodeAigneVideo(body)).toThrow(expect.objectContaining({ code: 'request.invalid', param }));
  });
});

describe('a film that the AIGNE client gets', () => {
  const made: MadeVideo = {
    file: { data: Buffer.from([0, 1, 255]) },
    mediaType: 'video/mp4',
    model: 'sora-2',
    modelWithProvider: 'openai/sora-2',
    seconds: 4,
    usage: NO_USAGE,
    recordId: 'ur_1',
    charge: undefined,
  };

  test('is bytes in base64, with no usage where none was told: the client takes numbers only', () => {
    expect(JSON.parse(String(encodeAigneVideo(made)))).toEqual({
      videos: [{ type: 'file', mimeType: 'video/mp4', data: 'AAH/' }],
      model: 'sora-2',
      modelWithProvider: 'openai/sora-2',
      seconds: 4,
    });
  });

  test('is an address, with usage where both numbers are known', () => {
    const usage = { ...NO_USAGE, inputTokens: 3, outputTokens: 9 };
    const file = { url: 'https://hub.test/media/a"b.mp4' };
    expect(JSON.parse(String(encodeAigneVideo({ ...made, file, usage, seconds: undefined })))).toEqual({
      videos: [{ type: 'url', url: 'https://hub.test/media/a"b.mp4', mimeType: 'video/mp4' }],
      usage: { inputTokens: 3, outputTokens: 9, modelCallId: 'ur_1' },
      model: 'sora-2',
      modelWithProvider: 'openai/sora-2',
    });
  });

  test('tells what it takes where calls are charged, beside numbers that nobody told', () => {
    const charge = { amountNano: nanoCredits(250_000_000n), prefix: '€' };
    expect(JSON.parse(String(encodeAigneVideo({ ...made, charge })))).toMatchObject({
      usage: { inputTokens: 0, outputTokens: 0, modelCallId: 'ur_1', aigneHubCredits: 0.25, creditPrefix: '€' },
    });
  });
});
