/**
 * What the families of Doubao's picture models take, as data: https://www.volcengine.com/docs/82379/1541523
 */
export type ArkFamily = {
  /** Fields, in the wire's own words, that it does not take. */
  readonly refuses: ReadonlySet<string>;
  /** Whether it draws several pictures in one answer. */
  readonly drawsSeries: boolean;
  /** The only word for a size that it takes, if there is but one. */
  readonly onlySize: string | undefined;
  /** Pictures that it starts from. */
  readonly imagesMax: number;
};

const THIRD_REFUSES = ['sequential_image_generation', 'sequential_image_generation_options', 'optimize_prompt_options'];
const SERIES: ArkFamily = { refuses: new Set(), drawsSeries: true, onlySize: undefined, imagesMax: 14 };

/** The first pattern that a model's id matches. The id of an inference endpoint tells no family: it is sent all. */
const FAMILIES: readonly (readonly [RegExp, ArkFamily])[] = [
  [
    /seedream-3/i,
    {
      refuses: new Set([...THIRD_REFUSES, 'output_format', 'tools']),
      drawsSeries: false,
      onlySize: undefined,
      imagesMax: 0,
    },
  ],
  [
    /seededit/i,
    {
      refuses: new Set([...THIRD_REFUSES, 'output_format', 'tools']),
      drawsSeries: false,
      onlySize: 'adaptive',
      imagesMax: 1,
    },
  ],
  [/seedream-4/i, { ...SERIES, refuses: new Set(['seed', 'guidance_scale', 'output_format', 'tools']) }],
  [/seedream/i, { ...SERIES, refuses: new Set(['seed', 'guidance_scale']) }],
];

export function familyOf(upstreamModel: string): ArkFamily {
  return FAMILIES.find(([pattern]) => pattern.test(upstreamModel))?.[1] ?? SERIES;
}
