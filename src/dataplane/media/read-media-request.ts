import type { ReadRequest } from '../../dialects/contract.ts';
import { readModel } from '../../dialects/fields.ts';
import { readJsonBody } from '../../dialects/json-request.ts';
import { boundaryOf, type FormPart, formField, parseForm } from '../../dialects/multipart.ts';
import { GatewayError } from '../../kernel/errors.ts';
import type { JsonObject } from '../../kernel/json.ts';
import type { JsonLimits, Span } from '../../kernel/json-spans.ts';
import type { Exchange } from '../exchange.ts';

/** Fields of a form longer than this are files or meant to be; they steer nothing. */
const FIELD_BYTES_MAX = 64 * 1024;

/** A request in JSON or as a form, and the form's parts where it is one. */
export type ReadMediaRequest = ReadRequest & { readonly parts: readonly FormPart[] | undefined };

/**
 * Reads a request that may come as JSON or as a form: its plain fields as an object, and where `model` stands.
 * @throws GatewayError a `request.*` code
 */
export function readMediaRequest(exchange: Exchange, raw: Buffer, limits: JsonLimits): ReadMediaRequest {
  const read = readMediaBody(exchange, raw, limits);
  const model = readModel(read.body);
  exchange.requestedModel = model;
  return {
    ...read,
    raw,
    model,
    streamed: isTrue(read.body['stream']) || read.body['stream_format'] === 'sse',
    wantsUsage: true,
    manyChoices: false,
    endUser: undefined,
    references: [],
  };
}

/** A body in JSON or as a form. @throws GatewayError a `request.*` code */
export function readMediaBody(
  exchange: Pick<Exchange, 'request'>,
  raw: Buffer,
  limits: JsonLimits,
): Pick<ReadMediaRequest, 'body' | 'spans' | 'parts'> {
  const boundary = boundaryOf(exchange.request.headers['content-type']);
  return boundary === undefined ? { ...readJsonBody(raw, limits), parts: undefined } : readForm(raw, boundary);
}

function readForm(raw: Buffer, boundary: string): Pick<ReadMediaRequest, 'body' | 'spans' | 'parts'> {
  if (raw.length === 0) throw new GatewayError('request.body_required');
  const parts = parseForm(raw, boundary);
  const body: JsonObject = {};
  const spans = new Map<string, Span>();
  refuseNamesakes(parts);
  for (const { name, filename, span } of parts) {
    if (filename !== undefined || span.end - span.start > FIELD_BYTES_MAX) continue;
    spans.set(name, span);
    body[name] = formField(raw, parts, name);
  }
  return { body, spans, parts };
}

/** Several files may share a name; of a field and anything else by its name, the provider might read the other. */
function refuseNamesakes(parts: readonly FormPart[]): void {
  const seen = new Map<string, 'field' | 'file'>();
  for (const { name, filename } of parts) {
    if (name.endsWith('[]')) continue;
    const kind = filename === undefined ? 'field' : 'file';
    const before = seen.get(name);
    if (before !== undefined && (before === 'field' || kind === 'field')) {
      throw new GatewayError('request.duplicate_field', { param: name.slice(0, 100) });
    }
    seen.set(name, kind);
  }
}

/** A form has only text. */
function isTrue(value: JsonObject[string]): boolean {
  return value === true || value === 'true' || value === 'True';
}

/** The value of `model` as it has to stand in the body: JSON text, or the bare name in a form. */
export function modelText(request: ReadMediaRequest, upstreamModel: string): string {
  return request.parts === undefined ? JSON.stringify(upstreamModel) : upstreamModel;
}
