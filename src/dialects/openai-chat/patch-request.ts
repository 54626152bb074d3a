import { type Span, topLevelSpans } from '../../kernel/json-spans.ts';
import type { DecodedRequest } from './decode-request.ts';

export type Patch = {
  /** The model's name at the provider. */
  readonly upstreamModel: string;
  /** Ask for the usage event of a stream. */
  readonly askForUsage: boolean;
};

type Splice = Span & { readonly text: string };

const LIMITS_OFF = { depthMax: Number.MAX_SAFE_INTEGER, keysPerObjectMax: Number.MAX_SAFE_INTEGER };
const OPEN_BRACE = 0x7b;

/**
 * Makes the provider's request from the caller's bytes: only the spans that must change are spliced, so that big
 * integers, `1.0`, key order and fields that the hub has never heard of arrive as they were written.
 *
 * Streams are asked for usage with `stream_options.include_usage`:
 * https://platform.openai.com/docs/api-reference/chat/create#chat-create-stream_options
 */
export function patchRequest(raw: Buffer, request: DecodedRequest, patch: Patch): Buffer {
  const splices: Splice[] = [];
  const model = request.spans.get('model');
  if (model !== undefined && patch.upstreamModel !== request.body['model']) {
    splices.push({ ...model, text: JSON.stringify(patch.upstreamModel) });
  }
  if (request.streamed && patch.askForUsage && !request.wantsUsage) splices.push(usageSplice(raw, request));
  if (splices.length === 0) return raw;
  splices.sort((a, b) => a.start - b.start);
  const parts: Buffer[] = [];
  let from = 0;
  for (const splice of splices) {
    parts.push(raw.subarray(from, splice.start), Buffer.from(splice.text));
    from = splice.end;
  }
  parts.push(raw.subarray(from));
  return Buffer.concat(parts);
}

function usageSplice(raw: Buffer, request: DecodedRequest): Splice {
  const span = request.spans.get('stream_options');
  if (span === undefined) {
    const afterBrace = raw.indexOf(OPEN_BRACE) + 1;
    return { start: afterBrace, end: afterBrace, text: '"stream_options":{"include_usage":true},' };
  }
  if (raw[span.start] !== OPEN_BRACE) return { ...span, text: '{"include_usage":true}' };
  const inner = topLevelSpans(raw.toString('latin1', span.start, span.end), LIMITS_OFF);
  const flag = inner.get('include_usage');
  if (flag !== undefined) return { start: span.start + flag.start, end: span.start + flag.end, text: 'true' };
  const text = inner.size === 0 ? '"include_usage":true' : '"include_usage":true,';
  return { start: span.start + 1, end: span.start + 1, text };
}
