import type { ReadRequest } from '../dialects/contract.ts';
import { readJsonBody } from '../dialects/json-request.ts';
import { boundaryOf, type FormPart, parseForm } from '../dialects/multipart.ts';
import { type Splice, spliceBytes } from '../dialects/patch-json.ts';
import { isSaying, requestTexts } from '../dialects/request-texts.ts';
import type { CompiledGuardrail } from '../guardrails/applicable.ts';
import { CallGuard } from '../guardrails/call-guard.ts';
import type { JsonObject } from '../kernel/json.ts';
import type { Principal } from '../protocol/principal.ts';
import type { Exchange } from './exchange.ts';

/** Guardrails, as far as calls need them. */
export type GuardrailsPort = {
  /** Those that a call of a model with these names meets; none for most. */
  readonly appliedTo: (principal: Principal, names: () => readonly string[]) => readonly CompiledGuardrail[];
};

/** A request as far as guardrails read it: JSON, or a form with its parts. */
export type GuardedRequest = Pick<ReadRequest, 'raw' | 'body' | 'spans'> & {
  readonly parts?: readonly FormPart[] | undefined;
};

/** Of a body that was within them before. */
const LIMITS_OFF = { depthMax: Number.MAX_SAFE_INTEGER, keysPerObjectMax: Number.MAX_SAFE_INTEGER };

type Said = { readonly text: string; readonly start: number; readonly end: number };

/**
 * The request as it may leave: what is masked has placeholders in its bytes, and every other byte is as it came.
 * @throws GatewayError `guardrail.blocked`
 */
export function guardRequest<Request extends GuardedRequest>(
  exchange: Exchange,
  request: Request,
  applied: readonly CompiledGuardrail[],
): Request {
  if (applied.length === 0) return request;
  const guard = new CallGuard(applied);
  exchange.guard = guard;
  if (!guard.readsInput) return request;
  const { raw, parts } = request;
  const said = parts === undefined ? requestTexts(raw.toString('latin1')) : formTexts(raw, parts);
  const passed = guard.input(said.map(({ text }) => text));
  const splices = said.flatMap(({ text, start, end }, index): Splice[] => {
    const masked = passed[index] ?? text;
    if (masked === text) return [];
    return [{ start, end, text: parts === undefined ? JSON.stringify(masked) : masked }];
  });
  return splices.length === 0 ? request : respliced(exchange, request, splices);
}

function formTexts(raw: Buffer, parts: readonly FormPart[]): readonly Said[] {
  return parts
    .filter(({ name, filename }) => filename === undefined && isSaying(name))
    .map(({ span: { start, end } }) => ({ text: raw.toString('utf8', start, end), start, end }));
}

/** The request with other bytes in some places; where everything lies is found anew. */
function respliced<Request extends GuardedRequest>(
  exchange: Exchange,
  request: Request,
  splices: readonly Splice[],
): Request {
  const raw = spliceBytes(request.raw, splices);
  const boundary = request.parts === undefined ? undefined : boundaryOf(exchange.request.headers['content-type']);
  if (boundary === undefined) return { ...request, raw, ...readJsonBody(raw, LIMITS_OFF) };
  const parts = parseForm(raw, boundary);
  const spans = new Map(request.spans);
  const body: JsonObject = { ...request.body };
  for (const { name, filename, span } of parts) {
    if (filename !== undefined || !spans.has(name)) continue;
    spans.set(name, span);
    body[name] = raw.toString('utf8', span.start, span.end);
  }
  return { ...request, raw, parts, spans, body };
}
