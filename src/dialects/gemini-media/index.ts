import { decodeGoogleFault } from '../google-fault.ts';
import type { MediaDialect } from '../media-contract.ts';
import { geminiImages } from './images.ts';
import { GEMINI_MEDIA } from './name.ts';
import { geminiVideos } from './videos.ts';

/** Pictures and films as Google's Gemini API makes them: https://ai.google.dev/gemini-api/docs/image-generation */
export const geminiMedia: MediaDialect = {
  name: GEMINI_MEDIA,
  images: geminiImages,
  videos: geminiVideos,
  decodeFault: decodeGoogleFault,
};
