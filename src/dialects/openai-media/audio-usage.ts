import { isJsonObject, type JsonValue } from '../../kernel/json.ts';
import { NO_USAGE, type ReadUsage, UNSAID_USAGE } from '../../protocol/usage.ts';
import { type Anomalies, COUNT_MAX, details, headlineCount, note, optionalUsage, take } from '../usage-counts.ts';

/**
 * Reads the `usage` of a transcription, in tokens or in seconds, or of speech, in tokens:
 * https://platform.openai.com/docs/api-reference/audio/json-object
 */
export function readAudioUsage(raw: JsonValue | undefined, spoken: 'input' | 'output'): ReadUsage {
  if (raw === undefined || raw === null) return UNSAID_USAGE;
  const anomalies: Anomalies = [];
  if (!isJsonObject(raw)) {
    note(anomalies, 'not_an_object', 'usage');
    return { usage: NO_USAGE, anomalies };
  }
  if (raw['type'] === 'duration') {
    return { usage: { ...NO_USAGE, seconds: readSeconds(raw['seconds'], anomalies) }, anomalies };
  }
  const input = headlineCount(raw, 'input_tokens', anomalies);
  const output = headlineCount(raw, 'output_tokens', anomalies);
  const audio = optionalUsage(details(raw, 'input_token_details', anomalies), 'audio_tokens', anomalies);
  if (spoken === 'output') return { usage: { ...NO_USAGE, inputTokens: input, audioOutputTokens: output }, anomalies };
  const [audioInputTokens, inputTokens] = take(input, audio);
  return { usage: { ...NO_USAGE, inputTokens, audioInputTokens, outputTokens: output }, anomalies };
}

/** Seconds of sound, with a fraction; some write the number as a string. */
export function readSeconds(value: JsonValue | undefined, anomalies: Anomalies): number | undefined {
  const seconds = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof seconds === 'number' && seconds >= 0 && seconds <= COUNT_MAX) return seconds;
  if (value !== undefined && value !== null) note(anomalies, 'not_a_number', 'seconds');
  return undefined;
}
