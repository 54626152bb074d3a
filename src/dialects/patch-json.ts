import type { Span } from '../kernel/json-spans.ts';

/** Text to put in the place of a span of the bytes; an empty span inserts. */
export type Splice = Span & { readonly text: string };

/** Replaces spans of a body and leaves every other byte as it is. The splices must not overlap; their order is free. */
export function spliceBytes(raw: Buffer, splices: readonly Splice[]): Buffer {
  if (splices.length === 0) return raw;
  const parts: Buffer[] = [];
  let from = 0;
  for (const splice of splices.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    parts.push(raw.subarray(from, splice.start), Buffer.from(splice.text));
    from = splice.end;
  }
  parts.push(raw.subarray(from));
  return Buffer.concat(parts);
}

const OPEN_BRACE = 0x7b;

/** The place right after the opening brace, where a field may be put with a comma behind it. */
export function insertion(raw: Buffer, text: string): Splice {
  const afterBrace = raw.indexOf(OPEN_BRACE) + 1;
  return { start: afterBrace, end: afterBrace, text };
}

/** The splice that puts the provider's name of the model in the place of the caller's, if they differ. */
export function modelSplice(
  request: { readonly spans: ReadonlyMap<string, Span>; readonly model: string },
  upstreamModel: string,
): readonly Splice[] {
  const span = request.spans.get('model');
  return span === undefined || upstreamModel === request.model
    ? []
    : [{ ...span, text: JSON.stringify(upstreamModel) }];
}
