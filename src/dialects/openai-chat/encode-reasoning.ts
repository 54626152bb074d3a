import type { JsonObject } from '../../kernel/json.ts';
import type { ReasoningRequest } from '../../protocol/chat-request.ts';
import type { PartTarget } from './encode-parts.ts';

/**
 * About how many tokens an effort is worth, as Google equates them for its own address of this format:
 * https://ai.google.dev/gemini-api/docs/openai#thinking
 */
const EFFORT_TOKENS = [
  { effort: 'low', tokens: 1024 },
  { effort: 'medium', tokens: 8192 },
  { effort: 'high', tokens: 24_576 },
] as const;
/** What a model that may think does unasked: https://platform.openai.com/docs/guides/reasoning */
const EFFORT_DEFAULT = 'medium';
const EFFORT_OFF = 'none';
/** What stands for more than a provider can do. */
const EFFORT_STRONG = 'high';
const EFFORTS_STRONG: ReadonlySet<string> = new Set(['xhigh', 'max']);

/** How much to think, as `reasoning_effort` or, for providers that know a switch, as `thinking`. */
export function encodeReasoningRequest(reasoning: ReasoningRequest | undefined, target: PartTarget): JsonObject {
  if (reasoning === undefined) return {};
  target.losses.addIf(reasoning.summary, 'reasoning.summary', 'the format has no say in what is shown of reasoning');
  return target.quirks.thinkingField ? encodeSwitch(reasoning, target) : encodeEffort(reasoning, target);
}

/**
 * `thinking: { type }`: https://docs.z.ai/guides/capabilities/thinking; with `reasoning_effort` beside it:
 * https://api-docs.deepseek.com/guides/thinking_mode, https://www.volcengine.com/docs/82379/1449737
 */
function encodeSwitch(reasoning: ReasoningRequest, target: PartTarget): JsonObject {
  const { effort, budgetTokens, enabled } = reasoning;
  if (enabled === false || (enabled === undefined && effort === EFFORT_OFF)) {
    target.losses.addIf(budgetTokens, 'reasoning.budgetTokens', 'thinking is switched off');
    return { thinking: { type: 'disabled' } };
  }
  const isWanted = enabled === true || effort !== undefined || budgetTokens !== undefined;
  // Left to the model means unsaid.
  return isWanted ? { thinking: { type: 'enabled' }, ...encodeEffortOfSwitch(reasoning, target) } : {};
}

function encodeEffortOfSwitch(
  { effort = EFFORT_OFF, budgetTokens }: ReasoningRequest,
  { losses, quirks: { thinkingEfforts } }: PartTarget,
): JsonObject {
  if (thinkingEfforts.length === 0) {
    losses.addIf(budgetTokens, 'reasoning.budgetTokens', 'the provider can only switch thinking on and off');
    if (effort !== EFFORT_OFF) losses.add('reasoning.effort', 'the provider can only switch thinking on and off');
    return {};
  }
  losses.addIf(budgetTokens, 'reasoning.budgetTokens', 'an effort says how much to think');
  const asked = effort === EFFORT_OFF && budgetTokens !== undefined ? nearestEffort(budgetTokens) : effort;
  if (asked === EFFORT_OFF) return {};
  if (thinkingEfforts.includes(asked)) return { reasoning_effort: asked };
  if (effort !== EFFORT_OFF) losses.add('reasoning.effort', 'the provider takes other efforts');
  return EFFORTS_STRONG.has(asked) && thinkingEfforts.includes(EFFORT_STRONG)
    ? { reasoning_effort: EFFORT_STRONG }
    : {};
}

function encodeEffort({ effort, budgetTokens, enabled }: ReasoningRequest, { losses }: PartTarget): JsonObject {
  if (effort !== undefined) {
    losses.addIf(budgetTokens, 'reasoning.budgetTokens', 'the effort says how much to think');
    return { reasoning_effort: effort };
  }
  if (enabled === false) {
    // A model that cannot think refuses every effort, `none` included, and which models can is not known here.
    losses.add('reasoning.enabled', 'the format has no switch that every model takes');
    return {};
  }
  if (budgetTokens !== undefined) {
    losses.add('reasoning.budgetTokens', 'the nearest effort stands for it');
    return { reasoning_effort: nearestEffort(budgetTokens) };
  }
  return enabled === true ? { reasoning_effort: EFFORT_DEFAULT } : {};
}

function nearestEffort(budgetTokens: number): string {
  const distances = EFFORT_TOKENS.map(({ effort, tokens }) => ({ effort, distance: Math.abs(tokens - budgetTokens) }));
  const nearest = Math.min(...distances.map(({ distance }) => distance));
  return distances.find(({ distance }) => distance === nearest)?.effort ?? EFFORT_DEFAULT;
}
