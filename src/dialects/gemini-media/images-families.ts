import { bareModel } from './name.ts';

/**
 * What the families of Google's picture models take, as data: https://ai.google.dev/gemini-api/docs/image-generation and
 * https://ai.google.dev/gemini-api/docs/imagen
 */
export type PictureFamily = {
  /** Gemini models draw within a conversation, Imagen models are asked for a prediction. */
  readonly method: 'generateContent' | 'predict';
  readonly modalities: readonly string[];
  readonly aspectRatios: readonly string[];
  /** The words for sizes, the default first; empty where the size cannot be asked for. */
  readonly sizes: readonly string[];
  /** Pictures in one answer: several candidates are refused by Gemini's picture models. */
  readonly countMax: number;
};

const RATIOS = ['1:1', '2:3', '3:2', '3:4', '4:3', '4:5', '5:4', '9:16', '16:9', '21:9'];
const LONG_RATIOS = [...RATIOS, '1:4', '4:1', '1:8', '8:1'];

const NEWEST: PictureFamily = {
  method: 'generateContent',
  modalities: ['IMAGE'],
  aspectRatios: LONG_RATIOS,
  sizes: ['1K', '2K', '4K', '512'],
  countMax: 1,
};
const IMAGEN: PictureFamily = {
  method: 'predict',
  modalities: [],
  aspectRatios: ['1:1', '3:4', '4:3', '9:16', '16:9'],
  sizes: ['1K', '2K'],
  countMax: 4,
};

/** The first pattern that a model's id matches. An unknown name is taken for the newest generation. */
const FAMILIES: readonly (readonly [RegExp, PictureFamily])[] = [
  [/^imagen-4.*-fast/, { ...IMAGEN, sizes: [] }],
  [/^imagen-[123](?:\.|-|$)/, { ...IMAGEN, sizes: [] }],
  [/^imagen/, IMAGEN],
  [/^gemini-2\.0/, { ...NEWEST, modalities: ['TEXT', 'IMAGE'], aspectRatios: [], sizes: [] }],
  [/^gemini-2\.5/, { ...NEWEST, aspectRatios: RATIOS, sizes: [] }],
  [/^gemini-3-pro/, { ...NEWEST, aspectRatios: RATIOS, sizes: ['1K', '2K', '4K'] }],
];

/** The family of a model by its id, with or without `models/`. */
export function familyOf(upstreamModel: string): PictureFamily {
  const model = bareModel(upstreamModel);
  return FAMILIES.find(([pattern]) => pattern.test(model))?.[1] ?? NEWEST;
}
