import type { ReadAnswer } from '../../../src/dialects/contract.ts';
import { AudioStreamWatcher, readTranscription } from '../../../src/dialects/openai-media/audio.ts';
import { openaiImages } from '../../../src/dialects/openai-media/images.ts';
import { ImagesStreamWatcher, readImagesAnswer } from '../../../src/dialects/openai-media/images-pass.ts';
import type { JsonObject } from '../../../src/kernel/json.ts';
import type { ReadUsage } from '../../../src/protocol/usage.ts';
import { type CardName, P } from '../prices.ts';
import { watch } from '../read-usage.ts';
import { sse } from '../row.ts';

const IMAGES = 'https://platform.openai.com/docs/api-reference/images/object';
const TRANSCRIPTIONS = 'https://platform.openai.com/docs/api-reference/audio/json-object';
const PICTURE = { b64_json: 'iVBORw0KGgo=' };

/** A picture or a sound that was made or heard: each way in which the hub reads it, and what it costs. */
export type MediaRow = {
  readonly about: string;
  readonly docs: string;
  readonly ways: Readonly<Record<string, () => ReadUsage>>;
  /** The provider's own total of tokens; `undefined` where it counts none. */
  readonly total: number | undefined;
  readonly cost: bigint;
  readonly card?: CardName;
};

export const mediaRows: readonly MediaRow[] = [
  {
    about: 'pictures out of words, told in tokens',
    docs: IMAGES,
    ways: images({ input_tokens: 50, input_tokens_details: { text_tokens: 50, image_tokens: 0 }, output_tokens: 4160 }),
    total: 4210,
    // What is not told to be text is a picture's.
    cost: 50n * P.input + 4160n * P.imageOutput,
  },
  {
    about: 'pictures out of pictures, told in tokens',
    docs: IMAGES,
    ways: images({
      input_tokens: 440,
      input_tokens_details: { text_tokens: 52, image_tokens: 388 },
      output_tokens: 1300,
      output_tokens_details: { text_tokens: 28, image_tokens: 1272 },
    }),
    total: 1740,
    cost: 52n * P.input + 388n * P.imageInput + 28n * P.output + 1272n * P.imageOutput,
  },
  {
    about: 'pictures by the piece',
    docs: IMAGES,
    ways: {
      whole: () => openaiImages.decodeResponse(imagesBody({}, 3)).usage,
      'whole, passed through': () => readImagesAnswer(imagesBody({}, 3), {}).usage,
    },
    total: undefined,
    cost: 3n * P.image,
    card: 'by the piece',
  },
  {
    about: 'a transcription by tokens',
    docs: TRANSCRIPTIONS,
    ways: transcription({
      type: 'tokens',
      input_tokens: 124,
      input_token_details: { text_tokens: 10, audio_tokens: 114 },
      output_tokens: 45,
      total_tokens: 169,
    }),
    total: 169,
    cost: 10n * P.input + 114n * P.audioInput + 45n * P.output,
  },
  {
    about: 'a transcription by seconds',
    docs: TRANSCRIPTIONS,
    ways: transcription({ type: 'duration', seconds: 27 }),
    total: undefined,
    cost: 27n * P.audioSecond,
  },
  {
    about: 'a transcription in full, whose length is told and no usage',
    docs: 'https://platform.openai.com/docs/api-reference/audio/verbose-json-object',
    ways: { whole: () => heard({ task: 'transcribe', duration: 8.5, text: 'Noted.' }).usage },
    total: undefined,
    // Half a second costs half of its price, and the sum is rounded up: 1 334.5.
    cost: (85n * P.audioSecond + 9n) / 10n,
  },
  {
    about: 'speech by tokens',
    docs: 'https://platform.openai.com/docs/api-reference/audio/speech-audio-done-event',
    ways: {
      streamed: () =>
        watch(
          new AudioStreamWatcher(),
          [
            sse({ type: 'speech.audio.delta', audio: 'AAAA' }),
            sse({ type: 'speech.audio.done', usage: { input_tokens: 14, output_tokens: 101, total_tokens: 115 } }),
          ].join(''),
        ),
    },
    total: 115,
    cost: 14n * P.input + 101n * P.audioOutput,
  },
];

function images(counts: JsonObject): MediaRow['ways'] {
  const { input_tokens: input, output_tokens: output } = counts;
  const usage = { ...counts, total_tokens: Number(input) + Number(output) };
  const streamOf = (made: string): string =>
    [
      sse({ type: `${made}.partial_image`, partial_image_index: 0, ...PICTURE }, `${made}.partial_image`),
      sse({ type: `${made}.completed`, ...PICTURE, usage }, `${made}.completed`),
    ].join('');
  return {
    whole: () => openaiImages.decodeResponse(imagesBody({ usage }, 1)).usage,
    'whole, passed through': () => readImagesAnswer(imagesBody({ usage }, 1), {}).usage,
    'streamed, passed through': () => watch(new ImagesStreamWatcher({}), streamOf('image_generation')),
    'streamed after an edit, passed through': () => watch(new ImagesStreamWatcher({}), streamOf('image_edit')),
  };
}

function imagesBody(told: JsonObject, count: number): Buffer {
  const data = Array.from({ length: count }, () => PICTURE);
  return Buffer.from(JSON.stringify({ created: 1_700_000_000, data, ...told }));
}

function transcription(usage: JsonObject): MediaRow['ways'] {
  const stream = [
    sse({ type: 'transcript.text.delta', delta: 'Noted.' }),
    sse({ type: 'transcript.text.done', text: 'Noted.', usage }),
  ].join('');
  return {
    whole: () => heard({ text: 'Noted.', usage }).usage,
    streamed: () => watch(new AudioStreamWatcher(), stream),
  };
}

function heard(answer: JsonObject): ReadAnswer {
  return readTranscription(Buffer.from(JSON.stringify(answer)), { body: {} });
}
