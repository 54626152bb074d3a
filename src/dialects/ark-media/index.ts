import type { MediaDialect } from '../media-contract.ts';
import { decodeArkFault } from './faults.ts';
import { arkImages } from './images.ts';
import { ARK_MEDIA } from './name.ts';
import { arkVideos } from './videos.ts';

/** Doubao's pictures and films as Volcengine Ark has them made: https://www.volcengine.com/docs/82379/1541523 */
export const arkMedia: MediaDialect = {
  name: ARK_MEDIA,
  images: arkImages,
  videos: arkVideos,
  decodeFault: decodeArkFault,
};
