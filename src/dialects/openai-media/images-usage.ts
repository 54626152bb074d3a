import { isJsonObject, type JsonObject, type JsonValue } from '../../kernel/json.ts';
import { NO_USAGE, type ReadUsage, type Usage } from '../../protocol/usage.ts';
import { type Anomalies, details, headlineCount, note, optionalUsage, take } from '../usage-counts.ts';
import { inputTotal, outputTotal } from '../usage-totals.ts';

/**
 * Usage of pictures: https://platform.openai.com/docs/api-reference/images/object. `input_tokens` and `output_tokens` hold
 * text and pictures together; what is not told to be text is a picture's on the way out. `images` counts what came.
 * Drawings in SVG are written by another model, at its own price, which nobody here knows: that is told.
 */
export function readImagesUsage(raw: JsonValue | undefined, images: number, drawn?: JsonValue): ReadUsage {
  const counted: Usage = { ...NO_USAGE, images };
  const anomalies: Anomalies = [];
  if (isJsonObject(drawn)) note(anomalies, 'not_counted', 'svg_usage');
  if (raw === undefined || raw === null) return { usage: counted, anomalies };
  if (!isJsonObject(raw)) {
    note(anomalies, 'not_an_object', 'usage');
    return { usage: counted, anomalies };
  }
  const input = headlineCount(raw, 'input_tokens', anomalies);
  const output = headlineCount(raw, 'output_tokens', anomalies);
  const ofInput = optionalUsage(details(raw, 'input_tokens_details', anomalies), 'image_tokens', anomalies);
  const ofOutput = optionalUsage(details(raw, 'output_tokens_details', anomalies), 'text_tokens', anomalies);
  const [imageInputTokens, inputTokens] = takeNoted(input, ofInput, 'input_tokens_details', anomalies);
  const [outputTokens, imageOutputTokens] = takeNoted(output, ofOutput, 'output_tokens_details', anomalies);
  return { usage: { ...counted, inputTokens, imageInputTokens, outputTokens, imageOutputTokens }, anomalies };
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

/** What was booked, in OpenAI's words; `undefined` where it was not told in tokens. */
export function encodeImagesUsage(usage: Usage): JsonObject | undefined {
  const input = inputTotal(usage);
  const output = outputTotal(usage);
  if (input === undefined && output === undefined) return undefined;
  const imageInput = usage.imageInputTokens ?? 0;
  const imageOutput = usage.imageOutputTokens ?? 0;
  return {
    input_tokens: input ?? 0,
    output_tokens: output ?? 0,
    total_tokens: (input ?? 0) + (output ?? 0),
    input_tokens_details: { text_tokens: (input ?? 0) - imageInput, image_tokens: imageInput },
    output_tokens_details: { text_tokens: (output ?? 0) - imageOutput, image_tokens: imageOutput },
  };
}
