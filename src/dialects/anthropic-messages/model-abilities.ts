/**
 * What a model takes beyond the plain form. Anthropic refuses a request with a parameter that its model does not take, and
 * tells what each takes on its pages only:
 * https://docs.anthropic.com/en/docs/about-claude/models/overview
 * https://docs.anthropic.com/en/docs/build-with-claude/effort
 * https://docs.anthropic.com/en/docs/build-with-claude/extended-thinking
 */
export type ModelAbilities = {
  /** Takes `temperature`, `top_p` and `top_k`; models after Claude Opus 4.6 refuse all three. */
  readonly sampling: 'all' | 'temperature-or-top-p' | 'none';
  /** Words for effort that it takes, the weakest first. */
  readonly efforts: readonly string[];
  /** Thinks within a budget of tokens. */
  readonly budgetThinking: boolean;
  /** Decides itself how much to think. */
  readonly adaptiveThinking: boolean;
  /** How thinking is switched off; `never` where the model always thinks. */
  readonly thinkingOff: 'disabled' | 'disabled-up-to-high' | 'between-tools' | 'never';
  /** Can be made to call a tool. */
  readonly forcedTools: boolean;
  /** Keeps its answer to a JSON Schema, and the arguments of strict tools. */
  readonly structuredOutput: boolean;
  /** Takes system messages within the conversation. */
  readonly inlineSystem: boolean;
};

const FAMILIES = ['opus', 'sonnet', 'haiku', 'fable', 'mythos'] as const;
type Family = (typeof FAMILIES)[number];

/** `claude-opus-4-5-20251101`, `claude-opus-4.5`, `us.anthropic.claude-sonnet-4-20250514-v1:0`. */
const NAME_BEFORE_VERSION = /claude-(opus|sonnet|haiku|fable|mythos)-(\d+)(?:[-.](\d{1,2})(?!\d))?/;
/** `claude-3-7-sonnet-20250219`. */
const VERSION_BEFORE_NAME = /claude-(\d)(?:[-.](\d{1,2}))?-(opus|sonnet|haiku)/;
const LEGACY = /claude-(?:instant|v?2)/;

const LOW_TO_HIGH = ['low', 'medium', 'high'];
const LOW_TO_MAX_BUT_XHIGH = ['low', 'medium', 'high', 'max'];
const LOW_TO_MAX = ['low', 'medium', 'high', 'xhigh', 'max'];

/** Other companies' models behind this wire format: what every server of it has, and nothing that it may not know. */
const STRANGER: ModelAbilities = {
  sampling: 'all',
  efforts: [],
  budgetThinking: true,
  adaptiveThinking: false,
  thinkingOff: 'disabled',
  forcedTools: true,
  structuredOutput: false,
  inlineSystem: false,
};

/** What is known of the model by its name. A Claude of a name that nobody has heard of is taken for a new one. */
export function abilitiesOf(upstreamModel: string): ModelAbilities {
  if (!upstreamModel.includes('claude')) return STRANGER;
  const { family, version } = parseName(upstreamModel);
  const isOpus45 = family === 'opus' && version >= 405;
  return {
    sampling: samplingOf(family, version),
    efforts: version >= 406 || isOpus45 ? effortsOf(version) : [],
    budgetThinking: version >= 307 && version <= 406,
    adaptiveThinking: version >= 406,
    thinkingOff: thinkingOffOf(family, version),
    forcedTools: !(isAlwaysThinking(family, version) && version > 500),
    structuredOutput: version >= 405 || (family === 'opus' && version >= 401),
    inlineSystem: version >= 500 || (family === 'opus' && version >= 408),
  };
}

/** The family, and the version as a number that can be compared: `4-5` is 405. */
function parseName(name: string): { readonly family: Family; readonly version: number } {
  const current = NAME_BEFORE_VERSION.exec(name);
  if (current !== null) return { family: familyOf(current[1]), version: versionOf(current[2], current[3]) };
  const older = VERSION_BEFORE_NAME.exec(name);
  if (older !== null) return { family: familyOf(older[3]), version: versionOf(older[1], older[2]) };
  if (LEGACY.test(name)) return { family: 'opus', version: 200 };
  return { family: 'opus', version: 500 };
}

function familyOf(name: string | undefined): Family {
  return FAMILIES.find((family) => family === name) ?? 'opus';
}

function versionOf(major: string | undefined, minor: string | undefined): number {
  return Number(major ?? 5) * 100 + Number(minor ?? 0);
}

/** Claude Opus 4.1 was the first to refuse both of its two at once. */
function samplingOf(family: Family, version: number): ModelAbilities['sampling'] {
  if (version > 406) return 'none';
  return version >= 405 || (family === 'opus' && version >= 401) ? 'temperature-or-top-p' : 'all';
}

function effortsOf(version: number): readonly string[] {
  if (version >= 407) return LOW_TO_MAX;
  return version >= 406 ? LOW_TO_MAX_BUT_XHIGH : LOW_TO_HIGH;
}

function thinkingOffOf(family: Family, version: number): ModelAbilities['thinkingOff'] {
  if (isAlwaysThinking(family, version)) return family === 'sonnet' ? 'between-tools' : 'never';
  return version > 500 || (family === 'opus' && version >= 500) ? 'disabled-up-to-high' : 'disabled';
}

function isAlwaysThinking(family: Family, version: number): boolean {
  if (family === 'fable' || family === 'mythos') return true;
  return family !== 'haiku' && version >= 505;
}
