import type {
  Dialect,
  EncodedCall,
  InboundFace,
  OutboundFace,
  ReadRequest,
  Target,
} from '../../../src/dialects/contract.ts';
import { readJsonBody } from '../../../src/dialects/json-request.ts';
import { GatewayError } from '../../../src/kernel/errors.ts';
import { isJsonObject, type JsonObject, parseJson } from '../../../src/kernel/json.ts';
import type { InputPart } from '../../../src/protocol/chat-parts.ts';
import type { ChatRequest } from '../../../src/protocol/chat-request.ts';
import { deepFreeze } from '../cases.ts';
import { dialectNamed, inboundFace, outboundFace, targetOf } from '../surroundings.ts';
import { ARRIVALS } from './arrivals/index.ts';
import { CALLERS } from './callers/index.ts';
import { type Cell, judge } from './cell.ts';
import { PROVIDERS } from './providers.ts';
import { REQUEST_FEATURES, type RequestFeature, type RequestFeatureId } from './request-features.ts';
import { IMAGE_URL, PDF, PNG } from './scenario.ts';

/** What the address says, to formats that name the model there. */
const NAMED = { model: 'asked-model', method: 'generateContent' };
const LIMITS = { depthMax: 64, keysPerObjectMax: 10_000 };

/** Sends one feature of a request from a caller of one dialect to a provider of another. */
export function requestCell(caller: string, provider: string, feature: RequestFeatureId): Cell {
  const said = CALLERS[caller]?.[feature];
  if (said === undefined) throw new Error(`what does a caller of ${caller} write for ${feature}?`);
  if (typeof said === 'string') return { kind: 'impossible', why: said };
  const outcome = send(caller, provider, said);
  if (outcome instanceof GatewayError) return { kind: 'refused', why: `${outcome.code}: ${outcome.message}` };
  const body = parseJson(outcome.call.body.toString());
  const arrival = ARRIVALS[provider]?.(isJsonObject(body) ? body : {});
  if (arrival === undefined) throw new Error(`how is the body of ${provider} read?`);
  const refusal = caller === provider ? undefined : refusalOf(provider, outcome);
  if (refusal !== undefined) return { kind: 'refused', why: refusal };
  const { missing }: RequestFeature = REQUEST_FEATURES[feature];
  return judge(
    missing(arrival, JSON.stringify(said)),
    outcome.losses.map(({ field }) => field),
  );
}

/** What a provider that is strict with its format has against a call, in its own words. */
export function refusalOf(provider: string, { call }: EncodedCall): string | undefined {
  const { speech } = providerNamed(provider);
  const [path = '', query = ''] = call.path.split('?');
  const body = parseJson(call.body.toString());
  const arrived = {
    method: 'POST',
    path,
    query: new URLSearchParams(query),
    headers: { 'anthropic-version': '2023-06-01' },
    body: isJsonObject(body) ? body : {},
  };
  const question = speech.read(arrived);
  if (question === undefined) return `nothing is asked at ${call.path}`;
  return speech.refuse(question, arrived, true)?.message;
}

/** The call that a provider gets for what a caller wrote, or the error by which it is refused. */
export function send(caller: string, provider: string, body: JsonObject): EncodedCall | GatewayError {
  const { path, model, quirks } = providerNamed(provider);
  const target = targetOf({ upstreamModel: model, path, quirks });
  try {
    return caller === provider ? relay(dialectNamed(caller), body, target) : translate(caller, provider, body, target);
  } catch (thrown) {
    if (thrown instanceof GatewayError && thrown.code.startsWith('request.')) return thrown;
    throw thrown;
  }
}

export function providerNamed(provider: string): (typeof PROVIDERS)[string] {
  const found = PROVIDERS[provider];
  if (found === undefined) throw new Error(`where does a provider of ${provider} live?`);
  return found;
}

function translate(caller: string, provider: string, body: JsonObject, target: Target): EncodedCall {
  const outbound = outboundFace(provider);
  const request = inboundFace(caller).decodeRequest(deepFreeze(structuredClone(body)));
  return outbound.encodeRequest(deepFreeze(fetched(request, outbound.carries)), target);
}

/** Between equal dialects the caller's bytes go on. */
function relay({ inbound, passThrough }: Dialect, body: JsonObject, target: Target): EncodedCall {
  if (inbound === undefined || passThrough === undefined) throw new Error('equal dialects that do not pass through');
  return passThrough.patchRequest(readRequest(inbound, body), target);
}

/** A request as it is when its head was read. */
export function readRequest(inbound: InboundFace, body: JsonObject): ReadRequest {
  const raw = Buffer.from(JSON.stringify(body));
  const read = readJsonBody(raw, LIMITS);
  return { ...inbound.readHead(read.body, 'chat', undefined, NAMED), raw, ...read };
}

/** What a provider cannot fetch itself, the hub fetches first. */
function fetched(request: ChatRequest, carries: OutboundFace['carries']): ChatRequest {
  const fetchPart = <Part extends InputPart | ChatRequest['messages'][number]['parts'][number]>(part: Part): Part => {
    if ((part.type !== 'image' && part.type !== 'file') || part.source.from !== 'url') return part;
    if (part.type === 'image' ? carries.imageUrls : carries.fileUrls) return part;
    const isPicture = part.source.url === IMAGE_URL;
    const source = isPicture
      ? { from: 'base64', mediaType: 'image/png', data: PNG }
      : { from: 'base64', mediaType: 'application/pdf', data: PDF };
    return { ...part, source };
  };
  const messages = request.messages.map((message) => ({
    ...message,
    parts: message.parts.map((part) => fetchPart(part)),
  }));
  // Each part stays of its kind, and so does the message.
  return { ...request, messages: messages as ChatRequest['messages'] };
}
