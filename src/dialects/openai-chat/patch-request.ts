import { isJsonObject } from '../../kernel/json.ts';
import { type Span, topLevelSpans } from '../../kernel/json-spans.ts';
import type { EncodedCall, ReadRequest, Target } from '../contract.ts';
import { Losses } from '../losses.ts';
import { insertion, modelSplice, type Splice, spliceBytes } from '../patch-json.ts';
import { isMissed, lossName, REFUSED } from './refused-fields.ts';

const LIMITS_OFF = { depthMax: Number.MAX_SAFE_INTEGER, keysPerObjectMax: Number.MAX_SAFE_INTEGER };
const OPEN_BRACE = 0x7b;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const STREAM_OPTIONS = 'stream_options';
const TOKEN_FIELDS = ['max_tokens', 'max_completion_tokens'] as const;

/**
 * Makes the provider's request from the caller's bytes: only the spans that must change are spliced, so that big
 * integers, `1.0`, key order and fields that the hub has never heard of arrive as they were written.
 *
 * Streams are asked for usage with `stream_options.include_usage`:
 * https://platform.openai.com/docs/api-reference/chat/create#chat-create-stream_options
 */
export function patchRequest(request: ReadRequest, target: Target): EncodedCall {
  const losses = new Losses();
  const cut = refusedFields(request, target, losses);
  const splices = [
    ...modelSplice(request, target.upstreamModel),
    ...renameSplices(request, target, { cut, losses }),
    ...usageSplices(request, cut, target),
  ];
  splices.push(...cutSplices(request, cut));
  return {
    call: { path: target.path, headers: {}, body: spliceBytes(request.raw, splices) },
    losses: losses.list,
  };
}

/** The fields that the provider would refuse, told as losses where the caller wanted something by them. */
function refusedFields(request: ReadRequest, { quirks }: Target, losses: Losses): Set<string> {
  const cut = new Set<string>();
  for (const field of quirks.refuses) {
    if (field === 'model' || !request.spans.has(field)) continue;
    cut.add(field);
    if (isMissed(field, request.body[field])) losses.add(lossName(field), REFUSED);
  }
  if (quirks.noStreamOptions && request.spans.has(STREAM_OPTIONS)) {
    cut.add(STREAM_OPTIONS);
    const options = request.body[STREAM_OPTIONS];
    const others = isJsonObject(options) ? Object.keys(options).filter((key) => key !== 'include_usage') : [];
    if (others.length > 0) losses.add(STREAM_OPTIONS, REFUSED);
  }
  return cut;
}

/** Writes the limit of tokens under the only name that the provider knows; of two limits, the one under that name counts. */
function renameSplices(
  request: ReadRequest,
  { quirks: { maxTokensField } }: Target,
  cutting: { readonly cut: Set<string>; readonly losses: Losses },
): readonly Splice[] {
  const other = TOKEN_FIELDS.find((field) => field !== maxTokensField);
  if (maxTokensField === undefined || other === undefined) return [];
  const span = request.spans.get(other);
  if (span === undefined || cutting.cut.has(other)) return [];
  if (request.spans.has(maxTokensField)) {
    cutting.cut.add(other);
    if (isMissed(other, request.body[other]) && request.body[other] !== request.body[maxTokensField]) {
      cutting.losses.add('maxOutputTokens', `${maxTokensField} counts`);
    }
    return [];
  }
  return [{ ...keySpan(request.raw, span), text: JSON.stringify(maxTokensField) }];
}

function usageSplices(request: ReadRequest, cut: ReadonlySet<string>, { quirks }: Target): readonly Splice[] {
  const isAsked = request.streamed && !request.wantsUsage;
  if (!isAsked || quirks.noStreamOptions || cut.has(STREAM_OPTIONS)) return [];
  if (quirks.refuses.includes(STREAM_OPTIONS)) return [];
  return [usageSplice(request)];
}

function usageSplice({ raw, spans }: ReadRequest): Splice {
  const span = spans.get(STREAM_OPTIONS);
  if (span === undefined) return insertion(raw, '"stream_options":{"include_usage":true},');
  if (raw[span.start] !== OPEN_BRACE) return { ...span, text: '{"include_usage":true}' };
  const inner = topLevelSpans(raw.toString('latin1', span.start, span.end), LIMITS_OFF);
  const flag = inner.get('include_usage');
  if (flag !== undefined) return { start: span.start + flag.start, end: span.start + flag.end, text: 'true' };
  const text = inner.size === 0 ? '"include_usage":true' : '"include_usage":true,';
  return { start: span.start + 1, end: span.start + 1, text };
}

/**
 * Takes members out with the comma that parts them from their neighbours. One behind another is cut from the end of that
 * one's value, whether it stays or not; those at the beginning up to the first key that stays. `model` always stays.
 */
function cutSplices({ raw, spans }: ReadRequest, cut: ReadonlySet<string>): readonly Splice[] {
  if (cut.size === 0) return [];
  const splices: Splice[] = [];
  let before: Span | undefined;
  let leading: Span | undefined;
  // Spans stand in the order of the text.
  for (const [field, span] of spans) {
    if (cut.has(field)) {
      if (before === undefined) leading ??= keySpan(raw, span);
      else splices.push({ start: before.end, end: span.end, text: '' });
    } else if (before === undefined && leading !== undefined) {
      splices.push({ start: leading.start, end: keySpan(raw, span).start, text: '' });
    }
    if (before !== undefined || !cut.has(field)) before = span;
  }
  return splices;
}

/** Where the key of a value lies, quotes included. */
function keySpan(raw: Buffer, value: Span): Span {
  const close = raw.lastIndexOf(QUOTE, value.start - 1);
  let start = raw.lastIndexOf(QUOTE, close - 1);
  while (isEscaped(raw, start)) start = raw.lastIndexOf(QUOTE, start - 1);
  return { start, end: close + 1 };
}

/** Whether an odd number of backslashes stands before it. */
function isEscaped(raw: Buffer, at: number): boolean {
  let first = at;
  while (first > 0 && raw[first - 1] === BACKSLASH) first -= 1;
  return (at - first) % 2 === 1;
}
