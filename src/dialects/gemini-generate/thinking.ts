import { assertNever } from '../../kernel/assert.ts';
import type { JsonObject } from '../../kernel/json.ts';
import type { ReasoningRequest } from '../../protocol/chat-request.ts';
import type { Losses } from '../losses.ts';
import type { ThinkingControl, ThinkingLevel } from './model-rules.ts';

/** The model decides: https://ai.google.dev/gemini-api/docs/thinking#set-budget */
const DYNAMIC_BUDGET = -1;
/** Google's own equivalents of effort and tokens: https://ai.google.dev/gemini-api/docs/openai#thinking */
const LOW_BUDGET_TOKENS = 1024;
const MEDIUM_BUDGET_TOKENS = 8192;
const HIGH_BUDGET_TOKENS = 24_576;
const STRENGTH: readonly ThinkingLevel[] = ['MINIMAL', 'LOW', 'MEDIUM', 'HIGH'];

/** `thinkingConfig`, or `undefined` where there is nothing to say. */
export function encodeThinking(
  reasoning: ReasoningRequest | undefined,
  control: ThinkingControl,
  losses: Losses,
): JsonObject | undefined {
  if (reasoning === undefined) return undefined;
  const isOff = reasoning.enabled === false || reasoning.effort === 'none';
  if (control.by === 'nothing') {
    if (!isOff) losses.add('reasoning', 'the model has no say in how it thinks');
    return undefined;
  }
  const amount =
    control.by === 'budget'
      ? encodeBudget(reasoning, isOff, control, losses)
      : encodeLevel(reasoning, isOff, control, losses);
  const config: JsonObject = { ...amount };
  if (!isOff && wantsThoughts(reasoning, losses)) config['includeThoughts'] = true;
  return Object.keys(config).length === 0 ? undefined : config;
}

/** Who switches thinking on expects to see it; who names an effort alone does not. */
function wantsThoughts({ summary, enabled }: ReasoningRequest, losses: Losses): boolean {
  switch (summary) {
    case undefined:
      return enabled === true || enabled === 'adaptive';
    case 'omitted':
      return false;
    case 'auto':
      return true;
    default:
      losses.add('reasoning.summary', 'thoughts come in one length');
      return true;
  }
}

function encodeBudget(
  { effort, budgetTokens, enabled }: ReasoningRequest,
  isOff: boolean,
  control: Extract<ThinkingControl, { by: 'budget' }>,
  losses: Losses,
): JsonObject {
  if (isOff) {
    if (!control.canBeOff) losses.add('reasoning', 'the model cannot be kept from thinking');
    return { thinkingBudget: control.canBeOff ? 0 : control.min };
  }
  if (budgetTokens !== undefined) {
    const fitting = Math.min(Math.max(budgetTokens, control.min), control.max);
    if (fitting !== budgetTokens) {
      losses.add('reasoning.budgetTokens', `the model thinks for ${control.min} to ${control.max} tokens`);
    }
    return { thinkingBudget: fitting };
  }
  if (effort === undefined) return enabled === undefined ? {} : { thinkingBudget: DYNAMIC_BUDGET };
  const level = levelOfEffort(effort, losses);
  return level === undefined ? {} : { thinkingBudget: Math.max(budgetOf(level), control.min) };
}

function encodeLevel(
  { effort, budgetTokens }: ReasoningRequest,
  isOff: boolean,
  { levels }: Extract<ThinkingControl, { by: 'level' }>,
  losses: Losses,
): JsonObject {
  const [weakest] = levels;
  if (isOff) {
    losses.add('reasoning', 'the model cannot be kept from thinking');
    return weakest === undefined ? {} : { thinkingLevel: weakest };
  }
  if (budgetTokens !== undefined) {
    losses.add('reasoning.budgetTokens', 'the model counts its thinking in levels');
    if (effort === undefined) return { thinkingLevel: atLeast(levelOfBudget(budgetTokens), levels) };
  }
  const wanted = effort === undefined ? undefined : levelOfEffort(effort, losses);
  if (wanted === undefined) return {};
  const level = atLeast(wanted, levels);
  if (level !== wanted) losses.add('reasoning.effort', `the model knows ${levels.join(', ')} alone`);
  return { thinkingLevel: level };
}

function levelOfEffort(effort: string, losses: Losses): ThinkingLevel | undefined {
  switch (effort) {
    case 'minimal':
      return 'MINIMAL';
    case 'low':
      return 'LOW';
    case 'medium':
      return 'MEDIUM';
    case 'high':
      return 'HIGH';
    case 'xhigh':
    case 'max':
      losses.add('reasoning.effort', 'the strongest effort is high');
      return 'HIGH';
    default:
      losses.add('reasoning.effort', 'there is no such effort');
      return undefined;
  }
}

function budgetOf(level: ThinkingLevel): number {
  switch (level) {
    case 'MINIMAL':
    case 'LOW':
      return LOW_BUDGET_TOKENS;
    case 'MEDIUM':
      return MEDIUM_BUDGET_TOKENS;
    case 'HIGH':
      return HIGH_BUDGET_TOKENS;
    default:
      return assertNever(level);
  }
}

function levelOfBudget(tokens: number): ThinkingLevel {
  if (tokens <= LOW_BUDGET_TOKENS) return 'LOW';
  return tokens <= MEDIUM_BUDGET_TOKENS ? 'MEDIUM' : 'HIGH';
}

/** The weakest level that is no weaker than the one asked for. */
function atLeast(wanted: ThinkingLevel, levels: readonly ThinkingLevel[]): ThinkingLevel {
  const strength = STRENGTH.indexOf(wanted);
  return levels.find((level) => STRENGTH.indexOf(level) >= strength) ?? 'HIGH';
}
