import { GatewayError } from '../../kernel/errors.ts';
import type { MediaStore } from '../../media/media-store.ts';
import type { ImagesRequest, MadeImage } from '../../protocol/media.ts';
import type { Loss } from '../../protocol/records.ts';
import type { FetchMedia } from '../inline-media.ts';

/** Pictures of one answer that are kept or fetched; more than any provider makes. */
const IMAGES_MAX = 32;

export type DeliverDeps = {
  readonly media: Pick<MediaStore, 'keep'>;
  readonly fetchMedia: FetchMedia;
  /** Where callers reach the hub, without a slash at the end. */
  readonly address: string;
};

/**
 * Gives pictures in the form in which the caller wants them: bytes become an address of the hub's own for a while, an
 * address becomes the bytes behind it. A picture for which that cannot be done is given as it came, and told as a loss:
 * it is made and paid for.
 */
export async function deliverImages(
  images: readonly MadeImage[],
  wants: ImagesRequest['wants'],
  deps: DeliverDeps,
): Promise<{ readonly images: readonly MadeImage[]; readonly losses: readonly Loss[] }> {
  const losses: Loss[] = [];
  const delivered = await Promise.all(
    images.map(async (image, index) => {
      if (wants === undefined || (wants === 'url') === (image.source.from === 'url')) return image;
      if (index >= IMAGES_MAX) {
        losses.push({
          field: 'responseFormat',
          reason: `at most ${IMAGES_MAX} pictures are brought into another form`,
        });
        return image;
      }
      try {
        return await convert(image, deps);
      } catch (thrown) {
        if (!(thrown instanceof GatewayError)) throw thrown;
        losses.push({ field: 'responseFormat', reason: `the picture is given as it came: ${thrown.message}` });
        return image;
      }
    }),
  );
  return { images: delivered, losses };
}

async function convert(image: MadeImage, { media, fetchMedia, address }: DeliverDeps): Promise<MadeImage> {
  const { source } = image;
  if (source.from === 'url') {
    const { mediaType, data } = await fetchMedia(source.url);
    return { ...image, source: { from: 'base64', mediaType, data } };
  }
  const { mediaType } = source;
  const path = await media.keep({ mediaType, data: Buffer.from(source.data, 'base64') });
  return { ...image, source: { from: 'url', url: `${address}${path}`, mediaType } };
}
