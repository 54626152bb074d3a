import { isJsonObject, type JsonObject, type JsonValue } from '../kernel/json.ts';
import { NO_USAGE, type ReadUsage, UNSAID_USAGE } from '../protocol/usage.ts';
import { type Anomalies, headlineCount, note, optionalUsage, take } from './usage-counts.ts';

/**
 * Reads `usageMetadata`: https://ai.google.dev/api/generate-content#UsageMetadata
 *
 * `promptTokenCount` holds the cached tokens and those of every modality; what the provider's own tools returned
 * (`toolUsePromptTokenCount`) and what was thought (`thoughtsTokenCount`) stand outside of the other counts. A cached
 * sound is a cached token and not a sound. Counts of zero are left out, and `totalTokenCount` tells them from those that
 * are not known.
 */
export function readGoogleUsage(raw: JsonValue | undefined): ReadUsage {
  if (raw === undefined || raw === null) return UNSAID_USAGE;
  const anomalies: Anomalies = [];
  if (!isJsonObject(raw)) {
    note(anomalies, 'not_an_object', 'usageMetadata');
    return { usage: NO_USAGE, anomalies };
  }
  const prompt = headlineCount(raw, 'promptTokenCount', anomalies);
  const toolUse = optionalUsage(raw, 'toolUsePromptTokenCount', anomalies);
  const thoughts = optionalUsage(raw, 'thoughtsTokenCount', anomalies);
  const candidates = readCandidates(raw, { prompt, toolUse, thoughts }, anomalies);
  return {
    usage: {
      ...NO_USAGE,
      ...splitInput(raw, { prompt, toolUse }, anomalies),
      ...splitOutput(raw, candidates, anomalies),
      reasoningTokens: thoughts,
    },
    anomalies,
  };
}

type Others = {
  readonly prompt: number | undefined;
  readonly toolUse: number | undefined;
  readonly thoughts: number | undefined;
};

function readCandidates(raw: JsonObject, others: Others, anomalies: Anomalies): number | undefined {
  const told = optionalUsage(raw, 'candidatesTokenCount', anomalies);
  const total = optionalUsage(raw, 'totalTokenCount', anomalies);
  if (total === undefined || others.prompt === undefined) return told;
  const rest = total - others.prompt - (others.toolUse ?? 0) - (others.thoughts ?? 0);
  if (rest < 0 || (told !== undefined && rest !== told)) note(anomalies, 'total_mismatch', 'totalTokenCount');
  // What does not add up tells nothing of what was left out.
  return told ?? (anomalies.length === 0 ? rest : undefined);
}

function splitInput(raw: JsonObject, { prompt, toolUse }: Pick<Others, 'prompt' | 'toolUse'>, anomalies: Anomalies) {
  const ofCache = byModality(raw, 'cacheTokensDetails', anomalies);
  const ofPrompt = byModality(raw, 'promptTokensDetails', anomalies);
  const cachedTold = optionalUsage(raw, 'cachedContentTokenCount', anomalies);
  const [cachedInputTokens, uncached] = takeNoted(prompt, cachedTold, 'cachedContentTokenCount', anomalies);
  const audio = without(ofPrompt.audio, ofCache.audio);
  const [audioInputTokens, silent] = takeNoted(uncached, audio, 'promptTokensDetails', anomalies);
  const image = without(ofPrompt.image, ofCache.image);
  const [imageInputTokens, text] = takeNoted(silent, image, 'promptTokensDetails', anomalies);
  const inputTokens = text === undefined ? toolUse : text + (toolUse ?? 0);
  return { inputTokens, cachedInputTokens, audioInputTokens, imageInputTokens };
}

function splitOutput(raw: JsonObject, candidates: number | undefined, anomalies: Anomalies) {
  const made = byModality(raw, 'candidatesTokensDetails', anomalies);
  const [audioOutputTokens, silent] = takeNoted(candidates, made.audio, 'candidatesTokensDetails', anomalies);
  const [imageOutputTokens, outputTokens] = takeNoted(silent, made.image, 'candidatesTokensDetails', anomalies);
  return { outputTokens, audioOutputTokens, imageOutputTokens };
}

/** Tokens of sounds, and of pictures still and moving; `undefined` where none are named. Documents count as text. */
function byModality(
  raw: JsonObject,
  field: string,
  anomalies: Anomalies,
): { readonly audio: number | undefined; readonly image: number | undefined } {
  let audio: number | undefined;
  let image: number | undefined;
  const list = raw[field];
  if (!Array.isArray(list)) return { audio, image };
  for (const entry of list) {
    if (!isJsonObject(entry)) continue;
    const count = optionalUsage(entry, 'tokenCount', anomalies);
    if (count === undefined) continue;
    if (entry['modality'] === 'AUDIO') audio = (audio ?? 0) + count;
    else if (entry['modality'] === 'IMAGE' || entry['modality'] === 'VIDEO') image = (image ?? 0) + count;
  }
  return { audio, image };
}

function without(all: number | undefined, cached: number | undefined): number | undefined {
  return all === undefined ? undefined : Math.max(0, all - (cached ?? 0));
}

function takeNoted(
  whole: number | undefined,
  part: number | undefined,
  field: string,
  anomalies: Anomalies,
): [number | undefined, number | undefined] {
  if (whole !== undefined && part !== undefined && part > whole) note(anomalies, 'part_exceeds_whole', field);
  return take(whole, part);
}
