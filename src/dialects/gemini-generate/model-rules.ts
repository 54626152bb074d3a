import { bareModel } from './name.ts';

/** How much a model thinks, from the least to the most: https://ai.google.dev/gemini-api/docs/thinking */
export type ThinkingLevel = 'MINIMAL' | 'LOW' | 'MEDIUM' | 'HIGH';

export type ThinkingControl =
  /** The model does not think, or gives no say in it: the field is answered with an error. */
  | { readonly by: 'nothing' }
  /** Tokens from `min` to `max`; 0 switches it off where `canBeOff`. */
  | { readonly by: 'budget'; readonly min: number; readonly max: number; readonly canBeOff: boolean }
  /** One of these, weakest first. It cannot be switched off. */
  | { readonly by: 'level'; readonly levels: readonly ThinkingLevel[] };

/** What the generations of models do differently. */
export type ModelRules = {
  readonly thinking: ThinkingControl;
  /** Refuses calls of the history that lack their signature: https://ai.google.dev/gemini-api/docs/thought-signatures */
  readonly needsSignatures: boolean;
  /** Takes pictures within a function's result: https://ai.google.dev/gemini-api/docs/function-calling#multimodal */
  readonly mediaInResults: boolean;
  /** Takes structured output and functions in one request. */
  readonly schemaWithTools: boolean;
  /** Takes presence and frequency penalties; others answer "Penalty is not enabled for this model". */
  readonly penalties: boolean;
  /** Takes instructions apart from the conversation. */
  readonly instructions: boolean;
};

const NOTHING = { by: 'nothing' } as const;
const FOUR_LEVELS = { by: 'level', levels: ['MINIMAL', 'LOW', 'MEDIUM', 'HIGH'] } as const;
const THREE_LEVELS = { by: 'level', levels: ['LOW', 'MEDIUM', 'HIGH'] } as const;

const NEWEST: ModelRules = {
  thinking: THREE_LEVELS,
  needsSignatures: true,
  mediaInResults: true,
  schemaWithTools: true,
  penalties: true,
  instructions: true,
};
const SECOND: ModelRules = {
  ...NEWEST,
  thinking: NOTHING,
  needsSignatures: false,
  mediaInResults: false,
  schemaWithTools: false,
};
const SECOND_AND_A_HALF: ModelRules = { ...SECOND, penalties: false };

/**
 * The first pattern that a model's id matches. Names are open-ended, and an unknown one is taken for the newest
 * generation: it is the old ones that are known.
 */
const RULES: readonly (readonly [RegExp, ModelRules])[] = [
  [/^gemma-[123]/, { ...SECOND, instructions: false }],
  [/^(?:gemma|learnlm|aqa)/, SECOND],
  [/^gemini-(?:1|pro)(?:[.-]|$)/, SECOND],
  [/^gemini-2\.5-.*(?:image|tts|audio|live)/, SECOND_AND_A_HALF],
  [/^gemini-2\.5-pro/, { ...SECOND_AND_A_HALF, thinking: budget(128, 32_768, false) }],
  [/^gemini-2\.5-flash-lite/, { ...SECOND_AND_A_HALF, thinking: budget(512, 24_576, true) }],
  [/^gemini-(?:2\.5-flash|robotics-er-1\.5)/, { ...SECOND_AND_A_HALF, thinking: budget(1, 24_576, true) }],
  [/^gemini-2(?:[.-]|$)/, SECOND],
  [/^gemini-.*(?:image|tts)/, { ...NEWEST, thinking: NOTHING }],
  [/^gemini-3-pro/, { ...NEWEST, thinking: { by: 'level', levels: ['LOW', 'HIGH'] } }],
  [/^gemini-\d+(?:\.\d+)?-flash-lite/, { ...NEWEST, thinking: FOUR_LEVELS }],
  [/^gemini-3(?:\.[1-6])?-flash/, { ...NEWEST, thinking: FOUR_LEVELS }],
];

/** What is particular to a model, by its id with or without `models/`. */
export function rulesOf(model: string): ModelRules {
  const id = bareModel(model).toLowerCase();
  return RULES.find(([pattern]) => pattern.test(id))?.[1] ?? NEWEST;
}

function budget(min: number, max: number, canBeOff: boolean): ThinkingControl {
  return { by: 'budget', min, max, canBeOff };
}
