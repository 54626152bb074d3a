import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../kernel/errors.ts';
import type { MadeImage } from '../../protocol/media.ts';
import { type DeliverDeps, deliverImages } from './deliver-images.ts';

const BYTES: MadeImage = {
  source: { from: 'base64', mediaType: 'image/png', data: Buffer.from('pixels').toString('base64') },
  revisedPrompt: 'r',
};
const ADDRESS: MadeImage = {
  source: { from: 'url', url: 'https://provider.example/1.png', mediaType: undefined },
  revisedPrompt: undefined,
};

function deps(fields: Partial<DeliverDeps> = {}): DeliverDeps {
  return {
    media: { keep: async ({ mediaType, data }) => `/media/${mediaType}/${data.toString()}` },
    fetchMedia: async (url) => ({ mediaType: 'image/jpeg', data: `fetched ${url}` }),
    address: 'https://hub.example',
    ...fields,
  };
}

describe('pictures', () => {
  it('that come as they are wanted stay as they are', async () => {
    expect(await deliverImages([BYTES], 'bytes', deps())).toEqual({ images: [BYTES], losses: [] });
    expect(await deliverImages([ADDRESS], 'url', deps())).toEqual({ images: [ADDRESS], losses: [] });
    expect(await deliverImages([BYTES, ADDRESS], undefined, deps())).toEqual({ images: [BYTES, ADDRESS], losses: [] });
  });

  it('in bytes are kept for who wants an address', async () => {
    const { images } = await deliverImages([BYTES, ADDRESS], 'url', deps());
    expect(images).toEqual([
      {
        source: { from: 'url', url: 'https://hub.example/media/image/png/pixels', mediaType: 'image/png' },
        revisedPrompt: 'r',
      },
      ADDRESS,
    ]);
  });

  it('behind an address are fetched for who wants bytes', async () => {
    const { images } = await deliverImages([ADDRESS], 'bytes', deps());
    expect(images[0]?.source).toEqual({
      from: 'base64',
      mediaType: 'image/jpeg',
      data: 'fetched https://provider.example/1.png',
    });
  });

  it('are given as they came where that cannot be done, and it is told', async () => {
    const full = deps({ media: { keep: () => Promise.reject(new GatewayError('hub.overloaded')) } });
    expect(await deliverImages([BYTES], 'url', full)).toMatchObject({
      images: [BYTES],
      losses: [{ field: 'responseFormat' }],
    });
    const gone = deps({ fetchMedia: () => Promise.reject(new GatewayError('request.media_unreachable')) });
    expect(await deliverImages([ADDRESS], 'bytes', gone)).toMatchObject({
      images: [ADDRESS],
      losses: [{ field: 'responseFormat' }],
    });
  });

  it('are not silently lost to a bug', async () => {
    const broken = deps({ media: { keep: () => Promise.reject(new TypeError('broken')) } });
    await expect(deliverImages([BYTES], 'url', broken)).rejects.toThrow('broken');
  });

  it('of an answer without end are brought into another form up to a bound', async () => {
    let fetched = 0;
    const counting = deps({
      fetchMedia: async () => {
        fetched += 1;
        return { mediaType: 'image/png', data: '' };
      },
    });
    const { images, losses } = await deliverImages(
      Array.from({ length: 100 }, () => ADDRESS),
      'bytes',
      counting,
    );
    expect([fetched, images.length, losses.length]).toEqual([32, 100, 68]);
  });
});
