import { assertNever } from '../../kernel/assert.ts';
import type { JsonObject } from '../../kernel/json.ts';
import type { ReasoningRequest } from '../../protocol/chat-request.ts';
import { lookUp } from '../fields.ts';
import { DIALECT, type Encoding } from './encoding.ts';

/** The least that Claude thinks with: https://docs.aws.amazon.com/bedrock/latest/userguide/claude-messages-extended-thinking.html */
const BUDGET_TOKENS_MIN = 1024;
/** A budget for each effort, where a model knows budgets only. */
const BUDGET_OF_EFFORT: Readonly<Record<string, number>> = {
  minimal: BUDGET_TOKENS_MIN,
  low: 2048,
  medium: 8192,
  high: 16_384,
  xhigh: 32_768,
  max: 32_768,
};
const BUDGET_USUAL = 8192;
/** The reverse: the first row that a budget does not exceed. */
const EFFORT_OF_BUDGET: readonly (readonly [budgetTokensMax: number, effort: string])[] = [
  [4096, 'low'],
  [12_288, 'medium'],
  [Number.POSITIVE_INFINITY, 'high'],
];
const CLAUDE_EFFORTS: ReadonlySet<string> = new Set(['low', 'medium', 'high', 'xhigh', 'max']);
const PLAIN_EFFORTS: ReadonlySet<string> = new Set(['low', 'medium', 'high']);
const OPENAI_EFFORTS: ReadonlySet<string> = new Set(['none', 'low', 'medium', 'high', 'xhigh', 'max']);
/** Words for an effort that a model has no word for, by the nearest that it has. */
const NEAREST_EFFORT: Readonly<Record<string, string>> = { minimal: 'low', xhigh: 'high', max: 'high' };

export type EncodedReasoning = {
  /** For `additionalModelRequestFields`. */
  readonly fields: JsonObject;
  /** Whether Claude thinks, which bars other parameters. */
  readonly isThinking: boolean;
  /** Whether the model takes neither sampling parameters nor a limit of tokens beside it. */
  readonly refusesLimits: boolean;
};

const NOTHING: EncodedReasoning = { fields: {}, isThinking: false, refusesLimits: false };

/** Each maker's way to ask for thinking: https://docs.aws.amazon.com/bedrock/latest/userguide/inference-reasoning.html */
export function encodeReasoning(encoding: Encoding): EncodedReasoning {
  const { request, family, losses } = encoding;
  const asked = request.reasoning;
  if (asked === undefined) return NOTHING;
  switch (family.reasoning) {
    case undefined:
      if (!isOff(asked)) losses.add('reasoning', 'the model has no switch for it on Bedrock');
      return NOTHING;
    case 'claude-budget':
      return claudeBudget(encoding, asked);
    case 'claude-either':
      return asked.budgetTokens === undefined ? claudeAdaptive(encoding, asked) : claudeBudget(encoding, asked);
    case 'claude-adaptive':
      return claudeAdaptive(encoding, asked);
    case 'nova':
      return nova(encoding, asked);
    case 'reasoning_effort':
      return oneField(encoding, asked, (effort) => ({ reasoning_effort: effort }), PLAIN_EFFORTS);
    case 'reasoning_config':
      return oneField(encoding, asked, (effort) => ({ reasoning_config: effort }), PLAIN_EFFORTS);
    case 'reasoning.effort':
      return oneField(encoding, asked, (effort) => ({ reasoning: { effort } }), OPENAI_EFFORTS);
    default:
      return assertNever(family.reasoning);
  }
}

function isOff({ enabled, effort }: ReasoningRequest): boolean {
  return enabled === false || (enabled === undefined && effort === 'none');
}

/** Whether anything but how it is shown was asked. */
function isAsked({ enabled, effort, budgetTokens }: ReasoningRequest): boolean {
  return enabled !== undefined || effort !== undefined || budgetTokens !== undefined;
}

function claudeBudget(encoding: Encoding, asked: ReasoningRequest): EncodedReasoning {
  const { request, losses } = encoding;
  if (!isAsked(asked)) return NOTHING;
  if (isOff(asked)) return { ...NOTHING, fields: { thinking: { type: 'disabled' } } };
  if (asked.summary === 'omitted') losses.add('reasoning.summary', 'the model always shows its thinking');
  if (isUnsignedToolLoop(encoding)) {
    losses.add('reasoning', 'the model thinks within a round of tool calls only where its thinking comes back signed');
    return NOTHING;
  }
  const ofEffort = lookUp(BUDGET_OF_EFFORT, asked.effort ?? '');
  if (asked.effort !== undefined && asked.effort !== 'none' && ofEffort === undefined) {
    losses.add('reasoning.effort', 'the model has no such effort');
  }
  const wanted = asked.budgetTokens ?? ofEffort ?? BUDGET_USUAL;
  // The budget is part of the tokens that may be written, and must leave room for an answer.
  const room = (request.maxOutputTokens ?? Number.POSITIVE_INFINITY) - 1;
  if (room < BUDGET_TOKENS_MIN) {
    losses.add('reasoning', `the model thinks with ${BUDGET_TOKENS_MIN} tokens or more, and fewer may be written`);
    return NOTHING;
  }
  const budget = Math.min(Math.max(wanted, BUDGET_TOKENS_MIN), room);
  if (asked.budgetTokens !== undefined && budget !== asked.budgetTokens) {
    losses.add('reasoning.budgetTokens', 'it must lie between 1024 and the most tokens that may be written');
  }
  return { ...NOTHING, fields: { thinking: { type: 'enabled', budget_tokens: budget } }, isThinking: true };
}

/** https://docs.aws.amazon.com/bedrock/latest/userguide/claude-messages-adaptive-thinking.html */
function claudeAdaptive({ losses }: Encoding, asked: ReasoningRequest): EncodedReasoning {
  if (isOff(asked)) return { ...NOTHING, fields: { thinking: { type: 'disabled' } } };
  const { summary } = asked;
  const display = summary === undefined ? undefined : summary === 'omitted' ? 'omitted' : 'summarized';
  const thinking: JsonObject = { type: 'adaptive', display };
  const effort = effortOf(asked, CLAUDE_EFFORTS);
  noteBudget(losses, asked);
  noteEffort(losses, asked, effort);
  const fields = effort === undefined ? { thinking } : { thinking, output_config: { effort } };
  return { ...NOTHING, fields, isThinking: true };
}

/** https://docs.aws.amazon.com/nova/latest/nova2-userguide/extended-thinking.html */
function nova({ losses }: Encoding, asked: ReasoningRequest): EncodedReasoning {
  if (!isAsked(asked)) return NOTHING;
  if (isOff(asked)) return { ...NOTHING, fields: { reasoningConfig: { type: 'disabled' } } };
  const effort = effortOf(asked, PLAIN_EFFORTS) ?? 'medium';
  noteBudget(losses, asked);
  noteEffort(losses, asked, effort);
  losses.addIf(asked.summary, 'reasoning.summary', 'the model hides its thinking');
  const fields = { reasoningConfig: { type: 'enabled', maxReasoningEffort: effort } };
  return { fields, isThinking: false, refusesLimits: effort === 'high' };
}

function oneField(
  { losses }: Encoding,
  asked: ReasoningRequest,
  fieldsOf: (effort: string) => JsonObject,
  words: ReadonlySet<string>,
): EncodedReasoning {
  losses.addIf(asked.summary, 'reasoning.summary', 'Bedrock shows the thinking as the model gives it');
  if (isOff(asked)) {
    if (words.has('none')) return { ...NOTHING, fields: fieldsOf('none') };
    losses.add('reasoning', 'the thinking of this model cannot be switched off');
    return NOTHING;
  }
  const effort = effortOf(asked, words);
  noteBudget(losses, asked);
  noteEffort(losses, asked, effort);
  return effort === undefined ? NOTHING : { ...NOTHING, fields: fieldsOf(effort) };
}

/** The asked effort in one of the model's words, or the one that a budget stands for. */
function effortOf({ effort, budgetTokens }: ReasoningRequest, words: ReadonlySet<string>): string | undefined {
  if (effort !== undefined && effort !== 'none') return words.has(effort) ? effort : lookUp(NEAREST_EFFORT, effort);
  if (budgetTokens === undefined) return undefined;
  return EFFORT_OF_BUDGET.find(([max]) => budgetTokens <= max)?.[1];
}

function noteBudget(losses: Encoding['losses'], { budgetTokens }: ReasoningRequest): void {
  losses.addIf(budgetTokens, 'reasoning.budgetTokens', 'the model takes an effort and no number of tokens');
}

function noteEffort(losses: Encoding['losses'], { effort }: ReasoningRequest, sent: string | undefined): void {
  if (effort !== undefined && effort !== 'none' && effort !== sent) {
    losses.add('reasoning.effort', 'the model has no such effort');
  }
}

/**
 * Whether the conversation stands within a round of tool calls whose assistant turn holds no thinking that Claude signed:
 * with a budget it then refuses to think on.
 */
function isUnsignedToolLoop({ request }: Encoding): boolean {
  const { messages } = request;
  if (messages.at(-1)?.role !== 'tool') return false;
  const turn = messages.findLast(({ role }) => role === 'assistant');
  if (turn?.role !== 'assistant') return false;
  return !turn.parts.some((part) => part.type === 'reasoning' && part.opaque?.dialect === DIALECT);
}
