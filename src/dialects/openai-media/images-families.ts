import type { MadeAs } from '../../protocol/media.ts';

/**
 * What the families of OpenAI's picture models take and give, as data:
 * https://platform.openai.com/docs/api-reference/images/create and
 * https://platform.openai.com/docs/api-reference/images/createEdit
 */
export type ImageFamily = {
  /** Gives bytes whatever is asked, and refuses to be asked for an address. */
  readonly givesBytes: boolean;
  /** Fields, in the wire's own words, that it answers with an error. */
  readonly refuses: ReadonlySet<string>;
  /** What it makes where nothing is asked for, if it is always the same. */
  readonly usual?: MadeAs;
  /** Pictures that it starts from. */
  readonly imagesMax: number;
};

const UNKNOWN_FAMILY: ImageFamily = { givesBytes: false, refuses: new Set(), imagesMax: 16 };

const FAMILIES: readonly (readonly [RegExp, ImageFamily])[] = [
  [
    /^(?:gpt-image|chatgpt-image)/i,
    { givesBytes: true, refuses: new Set(['style', 'response_format']), imagesMax: 16 },
  ],
  [
    /^dall-e-3/i,
    {
      givesBytes: false,
      refuses: new Set(['background', 'output_format', 'output_compression', 'moderation', 'input_fidelity']),
      usual: { imageSize: '1024x1024', imageQuality: 'standard' },
      imagesMax: 0,
    },
  ],
  [
    /^dall-e-2/i,
    {
      givesBytes: false,
      refuses: new Set([
        'background',
        'output_format',
        'output_compression',
        'moderation',
        'input_fidelity',
        'quality',
        'style',
      ]),
      usual: { imageSize: '1024x1024' },
      imagesMax: 1,
    },
  ],
];

/** The family of a model by its name; a model of none is sent all that was asked. */
export function familyOf(upstreamModel: string): ImageFamily {
  const name = upstreamModel.slice(upstreamModel.lastIndexOf('/') + 1);
  return FAMILIES.find(([pattern]) => pattern.test(name))?.[1] ?? UNKNOWN_FAMILY;
}
