import type { ReadRequest } from '../dialects/contract.ts';
import { readJsonBody } from '../dialects/json-request.ts';
import { boundaryOf, type FormPart, parseForm } from '../dialects/multipart.ts';
import { type Splice, spliceBytes } from '../dialects/patch-json.ts';
import { isSaying, requestTexts } from '../dialects/request-texts.ts';
import type { CompiledGuardrail } from '../guardrails/applicable.ts';
import { CallGuard } from '../guardrails/call-guard.ts';
import type { Judge } from '../guardrails/external.ts';
import type { JsonObject } from '../kernel/json.ts';
import type { Principal } from '../protocol/principal.ts';
import type { Exchange } from './exchange.ts';

/** Guardrails, as far as calls need them. */
export type GuardrailsPort = {
  /** Those that a call of a model with these names meets; none for most. */
  readonly appliedTo: (principal: Principal, names: () => readonly string[]) => readonly CompiledGuardrail[];
  /** Asks their services. */
  readonly judge: Judge;
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
 * @throws GatewayError `guardrail.blocked`, `guardrail.unavailable`, or why the request was stopped
 */
export async function guardRequest<Request extends GuardedRequest>(
  exchange: Exchange,
  request: Request,
  { applied, judge }: { readonly applied: readonly CompiledGuardrail[]; readonly judge: Judge },
): Promise<Request> {
  if (applied.length === 0) return request;
  const { requestId, requestedModel: model, principal } = exchange;
  const call = { requestId, model, projectId: principal?.projectId, keyId: principal?.keyId };
  const guard = new CallGuard(applied, { judge, call });
  exchange.guard = guard;
  if (!guard.readsInput) return request;
  const { raw, parts } = request;
  const said = parts === undefined ? requestTexts(raw.toString('latin1')) : formTexts(raw, parts);
  const looked = guard.input(said.map(({ text }) => text));
  const passed = await whileWaiting(exchange, (signal) => guard.judged('input', looked, signal));
  const splices = said.flatMap(({ text, start, end }, index): Splice[] => {
    const masked = passed[index] ?? text;
    if (masked === text) return [];
    return [{ start, end, text: parts === undefined ? JSON.stringify(masked) : masked }];
  });
  return splices.length === 0 ? request : respliced(exchange, request, splices);
}

/** Waits for a service as long as the caller waits for its answer. */
export async function whileWaiting<T>(exchange: Exchange, ask: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const gone = new AbortController();
  exchange.onStop((error) => gone.abort(error));
  try {
    return await ask(gone.signal);
  } finally {
    exchange.onStop(undefined);
  }
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
