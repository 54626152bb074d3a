/**
 * Converse is one format for the models of many makers, and not every model takes every field of it. What each family
 * takes stands here as data:
 * https://docs.aws.amazon.com/bedrock/latest/userguide/conversation-inference-supported-models-features.html
 */
export type ModelFamily = {
  /**
   * How thinking is asked for in `additionalModelRequestFields`. Claude: `thinking` with a budget, with a budget or
   * adaptive, or adaptive alone. Nova 2: `reasoningConfig`. Others: one field, flat or nested.
   */
  readonly reasoning:
    | 'claude-budget'
    | 'claude-either'
    | 'claude-adaptive'
    | 'nova'
    | 'reasoning_effort'
    | 'reasoning.effort'
    | 'reasoning_config'
    | undefined;
  /** The path of `topK` within `additionalModelRequestFields`. */
  readonly topK: readonly string[] | undefined;
  /** Whether `temperature` and `topP` are taken together, one of them, or neither. */
  readonly sampling: 'both' | 'one' | 'neither';
  /** Where a `cachePoint` may stand. */
  readonly cachePoints: 'everywhere' | 'not-in-tools' | 'nowhere';
  /** Whether a `cachePoint` may name its lifetime. */
  readonly cacheTtl: boolean;
  /** `outputConfig.textFormat` and `strict` tools. */
  readonly structuredOutput: boolean;
  /** The strictest tool choice: one tool by its name, any tool, or the model's own choice alone. */
  readonly toolChoice: 'tool' | 'any' | 'auto';
  /** Whether a tool's result may say that it is an error. */
  readonly toolStatus: boolean;
  readonly audioInput: boolean;
  /** Whether the stop sequence that was met is told among the additional fields of the answer. */
  readonly tellsStopSequence: boolean;
};

/** Of a model that is not in the table everything standard is believed, and nothing of any maker's own. */
const STANDARD: ModelFamily = {
  reasoning: undefined,
  topK: undefined,
  sampling: 'both',
  cachePoints: 'everywhere',
  cacheTtl: true,
  structuredOutput: true,
  toolChoice: 'tool',
  toolStatus: true,
  audioInput: true,
  tellsStopSequence: false,
};

/** Models that take neither cache points nor a tool that must be called, nor an error as a tool's result. */
const BASIC: ModelFamily = {
  ...STANDARD,
  cachePoints: 'nowhere',
  cacheTtl: false,
  structuredOutput: false,
  toolChoice: 'auto',
  toolStatus: false,
};

/** Open-weight models, which Bedrock serves with structured output. */
const OPEN_WEIGHT: ModelFamily = { ...STANDARD, cachePoints: 'nowhere', cacheTtl: false, toolStatus: false };

const NOVA: ModelFamily = {
  ...STANDARD,
  topK: ['inferenceConfig', 'topK'],
  cachePoints: 'not-in-tools',
  cacheTtl: false,
  structuredOutput: false,
};

const CLAUDE: ModelFamily = {
  ...STANDARD,
  topK: ['top_k'],
  cacheTtl: false,
  structuredOutput: false,
  audioInput: false,
  tellsStopSequence: true,
};

const CLAUDE_4_5: ModelFamily = {
  ...CLAUDE,
  reasoning: 'claude-budget',
  sampling: 'one',
  cacheTtl: true,
  structuredOutput: true,
};

/**
 * Claude by version, newest first; each row holds from its version on.
 * Thinking: https://docs.aws.amazon.com/bedrock/latest/userguide/claude-messages-adaptive-thinking.html
 * Caching: https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html
 * Schemas: https://docs.aws.amazon.com/bedrock/latest/userguide/structured-output.html
 */
const CLAUDE_SINCE: readonly (readonly [major: number, minor: number, family: ModelFamily])[] = [
  [4, 7, { ...CLAUDE_4_5, reasoning: 'claude-adaptive', sampling: 'neither' }],
  [4, 6, { ...CLAUDE_4_5, reasoning: 'claude-either' }],
  [4, 5, CLAUDE_4_5],
  [4, 1, { ...CLAUDE, reasoning: 'claude-budget', sampling: 'one' }],
  [3, 7, { ...CLAUDE, reasoning: 'claude-budget' }],
  [3, 5, CLAUDE],
];

const OLD_CLAUDE: ModelFamily = { ...CLAUDE, cachePoints: 'nowhere' };

/** Beginnings of model ids behind their region; the first that fits counts. */
const FAMILIES: readonly (readonly [beginning: string, family: ModelFamily])[] = [
  ['amazon.nova-2', { ...NOVA, reasoning: 'nova' }],
  ['amazon.nova', NOVA],
  ['amazon.', BASIC],
  ['openai.gpt-oss', { ...OPEN_WEIGHT, reasoning: 'reasoning_effort' }],
  ['openai.', { ...OPEN_WEIGHT, reasoning: 'reasoning.effort' }],
  ['moonshot', { ...OPEN_WEIGHT, reasoning: 'reasoning_effort' }],
  ['qwen.', { ...OPEN_WEIGHT, reasoning: 'reasoning_config' }],
  ['deepseek.r1', BASIC],
  ['deepseek.', OPEN_WEIGHT],
  ['mistral.', { ...OPEN_WEIGHT, topK: ['top_k'], toolChoice: 'any' }],
  ['google.', OPEN_WEIGHT],
  ['minimax.', OPEN_WEIGHT],
  ['nvidia.', OPEN_WEIGHT],
  ['zai.', OPEN_WEIGHT],
  ['cohere.', { ...BASIC, topK: ['k'] }],
  ['meta.', BASIC],
  ['ai21.', BASIC],
  ['writer.', BASIC],
];

const CLAUDE_VERSION = /claude-(?:[a-z]+-)?(\d{1,2})(?!\d)(?:-(\d{1,2})(?!\d))?/;
/** `us.`, `eu.`, `apac.`, `global.` … before the maker's name. */
const REGION = /^[a-z]{2,6}(?:-[a-z]+)?\.(?=[a-z0-9]+\.)/;

/** The family of a model or inference profile, by its id or ARN. */
export function familyOf(upstreamModel: string): ModelFamily {
  const id = upstreamModel.slice(upstreamModel.lastIndexOf('/') + 1).replace(REGION, '');
  if (id.startsWith('anthropic.')) return claudeFamily(id);
  return FAMILIES.find(([beginning]) => id.startsWith(beginning))?.[1] ?? STANDARD;
}

function claudeFamily(id: string): ModelFamily {
  const [, major = '0', minor = '0'] = CLAUDE_VERSION.exec(id) ?? [];
  const version = Number(major) * 100 + Number(minor);
  return CLAUDE_SINCE.find(([since, part]) => version >= since * 100 + part)?.[2] ?? OLD_CLAUDE;
}
