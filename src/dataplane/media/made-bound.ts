import { familyOf } from '../../dialects/openai-media/images-families.ts';
import { GatewayError } from '../../kernel/errors.ts';
import type { JsonObject, JsonValue } from '../../kernel/json.ts';
import { type CallBound, NOTHING_BOUND } from '../../metering/bound-call.ts';
import type { LikelyMade } from '../../metering/count-made.ts';
import type { Deployment } from '../../protocol/deployment.ts';
import type { ImagesRequest, MadeAs } from '../../protocol/media.ts';
import { AROUND_REQUEST_TOKENS, LIKELY_SHARE } from '../call-bound.ts';
import type { ReadMediaRequest } from './read-media-request.ts';
import { likelySeconds, secondsAtMost } from './sound-length.ts';

/** The most that a call can use in each way in which it may be counted, and what it likely uses. */
export type MadeBound = { readonly measures: readonly CallBound[]; readonly likely: LikelyMade };

/** What OpenAI's own form makes at most in one answer: https://platform.openai.com/docs/api-reference/images/create */
const PICTURES_MAX = 10;
/** Fields in which providers of that form are told how many pictures to make. */
const COUNT_FIELDS = ['n', 'batch_size', 'num_images'] as const;
/** Pictures told by these fields are counted by the piece, and not by their bytes. */
const PICTURE_FIELDS: ReadonlySet<string> = new Set(['image', 'image[]', 'images', 'mask']);

/**
 * Tokens of one picture by its quality, at its largest: https://platform.openai.com/docs/guides/image-generation. The
 * first generation's is that of 1024x1536, later ones' that of 2880x2880.
 */
const FIRST_TOKENS = { low: 408, medium: 1584, high: 6240 } as const;
const LATER_TOKENS = { low: 660, medium: 5931, high: 23_719 } as const;
const FIRST_GENERATION = /gpt-image-1/i;
/** At 4K, the largest: https://ai.google.dev/gemini-api/docs/pricing */
const GEMINI_TOKENS = 2520;
const IS_GEMINI = /gemini/i;
/** Each picture on the way costs a hundred tokens, and three can be asked for. */
const PARTIAL_TOKENS = 3 * 100;
/** A picture that is sent along: tiles and the high fidelity of OpenAI's models, which cost most. */
const GIVEN_PICTURE_TOKENS = 16_384;
const LIKELY_GIVEN_PICTURE_TOKENS = 1024;
/** What a model may think and say beside its pictures. */
const ASIDE_TOKENS = 4096;

/** What of a request for pictures its price hangs on. */
type AskedPictures = {
  readonly count: number;
  readonly made: MadeAs;
  readonly quality: string | undefined;
  readonly textBytes: number;
  readonly given: number;
};

/** Pictures that are asked for in OpenAI's form, whose bytes go on as they came. */
export function boundPassedImages({ body, parts }: ReadMediaRequest, deployment: Deployment): MadeBound {
  const files = parts?.filter(({ filename }) => filename !== undefined).length ?? 0;
  const told = [...PICTURE_FIELDS].reduce((count, field) => count + lengthOf(body[field]), 0);
  const { size, quality } = body;
  return boundPictures(deployment, {
    count: Math.max(...COUNT_FIELDS.map((field) => countOf(body[field]))),
    made: { imageSize: wordOf(size), imageQuality: wordOf(quality) },
    quality: wordOf(quality),
    textBytes: bytesOf(body),
    given: files + told,
  });
}

/** Pictures that are asked for in the provider's own form; `made` and `count` are in its words. */
export function boundAskedImages(
  { prompt, extra, images, mask, quality }: ImagesRequest,
  deployment: Deployment,
  { made, count }: { readonly made: MadeAs; readonly count: number },
): MadeBound {
  return boundPictures(deployment, {
    count,
    made,
    quality: made.imageQuality ?? wordOf(quality),
    textBytes: Buffer.byteLength(prompt) + Buffer.byteLength(JSON.stringify(extra)),
    given: images.length + (mask === undefined ? 0 : 1),
  });
}

function boundPictures({ upstreamModel, facts }: Deployment, asked: AskedPictures): MadeBound {
  const { count, textBytes, given } = asked;
  const made = { ...familyOf(upstreamModel).usual, ...defined(asked.made) };
  const tokensEach = tokensOfPicture(upstreamModel, asked.quality) + PARTIAL_TOKENS;
  const isThinking = IS_GEMINI.test(upstreamModel);
  const words: Words = {
    inputTokens: textBytes + AROUND_REQUEST_TOKENS + given * GIVEN_PICTURE_TOKENS,
    inputClasses: [...NOTHING_BOUND.inputClasses, 'imageInputTokens'],
    outputTokens: (isThinking ? facts.maxOutputTokens : undefined) ?? ASIDE_TOKENS,
  };
  const inputTokens = Math.ceil(textBytes / LIKELY_SHARE);
  const imageInputTokens = given * LIKELY_GIVEN_PICTURE_TOKENS;
  return {
    measures: [
      ...withWords({ ...NOTHING_BOUND, madeAs: made, images: count }, words),
      ...withWords({ ...NOTHING_BOUND, madeAs: made, imageTokens: count * tokensEach }, words),
    ],
    likely: {
      units: ['image', 'image-output', 'output'],
      made,
      whole: [
        { images: count },
        { images: count, inputTokens, imageInputTokens, imageOutputTokens: count * (tokensEach - PARTIAL_TOKENS) },
      ],
      given: [{ inputTokens, imageInputTokens }],
    },
  };
}

type Words = Pick<CallBound, 'inputTokens' | 'inputClasses' | 'outputTokens'>;

/** Pictures with what is said to the model and by it, as far as that has a price: by the piece it often has none. */
function withWords(pictures: CallBound, words: Words): readonly CallBound[] {
  const { inputTokens, inputClasses, outputTokens } = words;
  return [
    pictures,
    { ...pictures, inputTokens, inputClasses },
    { ...pictures, outputTokens },
    { ...pictures, ...words },
  ];
}

function tokensOfPicture(upstreamModel: string, quality: string | undefined): number {
  if (IS_GEMINI.test(upstreamModel)) return GEMINI_TOKENS;
  const table = FIRST_GENERATION.test(upstreamModel) ? FIRST_TOKENS : LATER_TOKENS;
  return quality === 'low' || quality === 'medium' ? table[quality] : table.high;
}

/** A count that cannot be is held as the most that the form knows: its provider may read it in its own way. */
function countOf(value: JsonValue | undefined): number {
  if (value === undefined || value === null) return 1;
  const count = typeof value === 'number' || typeof value === 'string' ? Number(value) : Number.NaN;
  return Number.isSafeInteger(count) && count >= 1 ? count : PICTURES_MAX;
}

/** The most characters of speech that are asked for. */
export function boundSpeech({ body, raw }: ReadMediaRequest, characters: number | undefined): MadeBound {
  const spoken = { characters: characters ?? raw.length };
  return {
    measures: [{ ...NOTHING_BOUND, ...spoken, characters: Math.max(1, spoken.characters) }],
    likely: {
      units: ['character', 'audio-output', 'output'],
      made: {},
      whole: [spoken],
      given: typeof body['input'] === 'string' ? [spoken] : [],
    },
  };
}

/** A second of sound is ten tokens: https://platform.openai.com/docs/guides/realtime-costs */
const TOKENS_PER_SECOND = 10;
/** The longest text that OpenAI's transcribing models write: https://platform.openai.com/docs/models/gpt-4o-transcribe */
const TRANSCRIPT_TOKENS = 2000;
const LIKELY_TEXT_TOKENS_PER_SECOND = 3;
/** Some bill a short sound as ten seconds: https://console.groq.com/docs/speech-to-text */
const LEAST_SECONDS = 10;

/** The longest that the sound of a transcription may be. @throws GatewayError `credit.no_price` for sound that is elsewhere */
export function boundTranscription({ raw, body, parts }: ReadMediaRequest, { facts }: Deployment): MadeBound {
  const files = parts?.filter(({ filename }) => filename !== undefined) ?? [];
  if (files.length === 0 || body['url'] !== undefined) {
    throw new GatewayError('credit.no_price', {
      message: 'Only sound that is sent along can be paid for with credit: how long another is, nobody knows before.',
      param: 'file',
    });
  }
  const sounds = files.map(({ span }) => raw.subarray(span.start, span.end));
  const seconds = Math.max(LEAST_SECONDS, sum(sounds.map(secondsAtMost)));
  const likely = sum(sounds.map(likelySeconds));
  const outputTokens = Math.max(facts.maxOutputTokens ?? TRANSCRIPT_TOKENS, 1);
  const audioInputTokens = Math.ceil(likely * TOKENS_PER_SECOND);
  return {
    measures: [
      { ...NOTHING_BOUND, seconds },
      {
        ...NOTHING_BOUND,
        inputTokens: Math.ceil(seconds * TOKENS_PER_SECOND) + bytesOf(body) + AROUND_REQUEST_TOKENS,
        inputClasses: [...NOTHING_BOUND.inputClasses, 'audioInputTokens'],
        outputTokens,
      },
    ],
    likely: {
      units: ['audio-second', 'audio-input', 'input'],
      made: {},
      whole: [
        { seconds: likely },
        {
          audioInputTokens,
          outputTokens: Math.min(outputTokens, Math.ceil(likely * LIKELY_TEXT_TOKENS_PER_SECOND)),
        },
      ],
      given: [{ seconds: likely }, { audioInputTokens }],
    },
  };
}

function bytesOf(body: JsonObject): number {
  const words = Object.entries(body).filter(([field]) => !PICTURE_FIELDS.has(field));
  return sum(words.map(([, value]) => Buffer.byteLength(JSON.stringify(value ?? null))));
}

function lengthOf(value: JsonValue | undefined): number {
  if (value === undefined || value === null) return 0;
  return Array.isArray(value) ? value.length : 1;
}

/** `auto` leaves it to the provider. */
function wordOf(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' && value !== 'auto' ? value : undefined;
}

function defined({ imageSize, imageQuality }: MadeAs): MadeAs {
  return { ...(imageSize === undefined ? {} : { imageSize }), ...(imageQuality === undefined ? {} : { imageQuality }) };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
