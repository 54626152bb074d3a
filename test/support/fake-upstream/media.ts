import { answerAudio } from './media-audio.ts';
import { answerImages } from './media-images.ts';
import { answerVideos } from './media-videos.ts';
import type { Arrived } from './speech.ts';

/** A request that asks for pictures, sound or a film, with its bytes: such requests come as forms, too. */
export type MediaArrived = Arrived & {
  readonly raw: Buffer;
  /** `http://127.0.0.1:PORT`, for addresses of what was made. */
  readonly url: string;
};

/** What is answered, unless the model's name says that the provider misbehaves. */
export type MediaAnswer = {
  readonly model: string | undefined;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly frames: readonly (string | Buffer)[];
};

/** One kind of media; `undefined` where the address is none of its own. */
export type FakeMedia = (arrived: MediaArrived) => Promise<MediaAnswer | undefined>;

const MEDIA: readonly FakeMedia[] = [answerImages, answerAudio, answerVideos];

/** The answer of the first kind of media that knows the address. */
export async function answerMedia(arrived: MediaArrived): Promise<MediaAnswer | undefined> {
  for (const answer of MEDIA) {
    const found = await answer(arrived);
    if (found !== undefined) return found;
  }
  return undefined;
}
