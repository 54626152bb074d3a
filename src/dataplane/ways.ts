import { holdsCarriedOpaque } from '../dialects/carried-opaque.ts';
import type { Dialect, EncodedCall, OutboundFace, PassThroughFace, ReadRequest, Target } from '../dialects/contract.ts';
import { holdsLongNumber, parseExactOrUndefined } from '../dialects/exact-json.ts';
import { DIALECTS } from '../dialects/index.ts';
import { readJsonBody } from '../dialects/json-request.ts';
import { type Splice, spliceBytes } from '../dialects/patch-json.ts';
import { type ErrorCode, GatewayError, toGatewayError } from '../kernel/errors.ts';
import type { NewWireId } from '../kernel/ids.ts';
import { isJsonObject } from '../kernel/json.ts';
import type { ChatRequest } from '../protocol/chat-request.ts';
import type { Deployment, Endpoint } from '../protocol/deployment.ts';
import type { EmbeddingsRequest } from '../protocol/embeddings.ts';
import { lossOfBudget, lossOfCredit } from '../protocol/for-payers.ts';
import type { Loss } from '../protocol/records.ts';
import type { FetchRoom } from '../upstream/fetch-media.ts';
import { forwardedRequestHeaders } from '../upstream/request-headers.ts';
import { type BoundedCall, boundCall, likelyTokens } from './call-bound.ts';
import { notExpressible, type PreparedCall } from './call-in-turn.ts';
import type { Exchange } from './exchange.ts';
import { firstFault, wholeFault } from './first-fault.ts';
import type { Fetching } from './inline-media.ts';

/** How a request reaches a deployment: as the caller wrote it, or translated. */
export type Way =
  | { readonly kind: 'pass'; readonly endpoint: Endpoint; readonly face: PassThroughFace; readonly dialect: string }
  | { readonly kind: 'chat'; readonly endpoint: Endpoint; readonly face: OutboundFace; readonly dialect: string }
  | { readonly kind: 'embeddings'; readonly endpoint: Endpoint; readonly face: OutboundFace; readonly dialect: string };

/**
 * The way in which a deployment takes this request. Where both sides speak the caller's dialect its bytes pass through;
 * else the provider's own first choice of a dialect that the request can be translated into. A request that carries
 * another dialect's opaque reasoning is translated even into its own: its provider could not read that; and so is one whose
 * answer guardrails read.
 * @throws GatewayError `provider.dialect_unsupported` where there is none
 */
export function chooseWay(exchange: Exchange, deployment: Deployment, isTranslated = false): Way {
  const endpoints = deployment.endpoints.get(exchange.operation) ?? [];
  const { dialect: spoken } = exchange.caller;
  const same = endpoints.find(({ dialect }) => dialect === spoken);
  const face = same === undefined ? undefined : DIALECTS.get(spoken)?.passThrough;
  if (same !== undefined && face !== undefined && !isTranslated)
    return { kind: 'pass', endpoint: same, face, dialect: spoken };
  for (const endpoint of endpoints) {
    const way = translationTo(exchange, endpoint, DIALECTS.get(endpoint.dialect));
    if (way !== undefined) return way;
  }
  throw unspoken(deployment, endpoints[0]);
}

function translationTo(exchange: Exchange, endpoint: Endpoint, dialect: Dialect | undefined): Way | undefined {
  const face = dialect?.outbound;
  if (dialect === undefined || face === undefined) return undefined;
  const { name } = dialect;
  if (exchange.operation === 'chat') return { kind: 'chat', endpoint, face, dialect: name };
  const isEmbeddings = exchange.operation === 'embeddings' && face.embeddings !== undefined;
  return isEmbeddings && exchange.caller.face.embeddings !== undefined
    ? { kind: 'embeddings', endpoint, face, dialect: name }
    : undefined;
}

function unspoken(deployment: Deployment, endpoint: Endpoint | undefined): GatewayError {
  const provider = deployment.connection.providerName;
  return new GatewayError('provider.dialect_unsupported', {
    message: `${provider} takes this operation in no wire format that the request can be translated into.`,
    details: { provider: deployment.connection.providerId, dialect: endpoint?.dialect },
  });
}

/** Fetches what a dialect cannot carry by its address. */
export type InlineMedia = (
  chat: ChatRequest,
  carries: OutboundFace['carries'],
  fetching: Fetching,
) => Promise<ChatRequest>;

type DecodedDeps = {
  readonly inlineMedia: InlineMedia;
  /** Takes room for more than the body, until the request is over. */
  readonly takeRoom: FetchRoom['take'];
};

/** A caller's request, decoded once however many providers it is encoded for. */
export class DecodedOnce {
  readonly request: ReadRequest;
  readonly #exchange: Exchange;
  readonly #deps: DecodedDeps;
  readonly #fetched: Fetching['fetched'] = new Map();
  #carriesForeign: boolean | undefined;
  #chat: ChatRequest | undefined;
  #embeddings: EmbeddingsRequest | undefined;

  constructor(request: ReadRequest, exchange: Exchange, deps: DecodedDeps) {
    this.request = request;
    this.#exchange = exchange;
    this.#deps = deps;
  }

  /** Whether it brings back what the hub put into it for a provider of another dialect. */
  get carriesForeign(): boolean {
    this.#carriesForeign ??= this.#exchange.operation === 'chat' && holdsCarriedOpaque(this.request.raw);
    return this.#carriesForeign;
  }

  /** Whether it cannot go as its caller wrote it. */
  get isTranslated(): boolean {
    const { operation, guard } = this.#exchange;
    return this.carriesForeign || (operation === 'chat' && guard?.readsAnswer === true);
  }

  get chat(): ChatRequest {
    this.#chat ??= this.#decodeChat();
    return this.#chat;
  }

  /**
   * Read with every digit of its numbers, which may be arguments of calls. A stream may be asked for by a header, which the
   * body does not tell.
   */
  #decodeChat(): ChatRequest {
    const { raw, body } = this.request;
    const text = raw.toString();
    const exact = holdsLongNumber(text) ? parseExactOrUndefined(text) : body;
    const chat = this.#exchange.caller.face.decodeRequest(isJsonObject(exact) ? exact : body);
    return chat.streamed === this.request.streamed ? chat : { ...chat, streamed: this.request.streamed };
  }

  get embeddings(): EmbeddingsRequest {
    const face = this.#exchange.caller.face.embeddings;
    if (face === undefined) throw new Error('only a dialect with embeddings is translated');
    this.#embeddings ??= face.decodeRequest(this.request.body);
    return this.#embeddings;
  }

  /**
   * The call in the way's own form. What it cannot express is told with it. `maxTokens` limits each answer, in place of
   * what was asked for.
   */
  encode(way: Way, target: Target, maxTokens?: number): EncodedCall | Promise<EncodedCall> {
    switch (way.kind) {
      case 'pass': {
        const { answerLength } = way.face;
        const splices = maxTokens === undefined ? [] : answerLength?.limit(this.request, maxTokens, target);
        return way.face.patchRequest(respliced(this.request, splices ?? []), target);
      }
      case 'chat':
        return this.#encodeChat(way.face, target, maxTokens);
      case 'embeddings': {
        const { embeddings } = way.face;
        if (embeddings === undefined) throw new Error('only a dialect with embeddings is chosen');
        return embeddings.encodeRequest(this.embeddings, target);
      }
    }
  }

  async #encodeChat(face: OutboundFace, target: Target, maxTokens: number | undefined): Promise<EncodedCall> {
    const carries = { ...face.carries, imageUrls: face.carries.imageUrls && !target.quirks.noImageUrls };
    const chat = await this.#inlined(carries);
    return face.encodeRequest(maxTokens === undefined ? chat : { ...chat, maxOutputTokens: maxTokens }, target);
  }

  /** The chat with what has to be fetched; nothing is fetched for a caller who is gone. */
  async #inlined(carries: OutboundFace['carries']): Promise<ChatRequest> {
    const gone = new AbortController();
    this.#exchange.onStop(() => gone.abort());
    const { inlineMedia, takeRoom } = this.#deps;
    const room: FetchRoom = { take: takeRoom, signal: gone.signal };
    try {
      return await inlineMedia(this.chat, carries, { room, fetched: this.#fetched });
    } finally {
      this.#exchange.onStop(undefined);
    }
  }
}

/** To how many tokens each answer is limited, and what of it is told. */
type Shortened = { readonly maxTokens: number; readonly loss: Loss };

/** Holds what the call can use, where that is limited or paid for; gives by how much its answer has to be shorter then. */
function holdFor(
  { credit, limits, operation }: Exchange,
  deployment: Deployment,
  { decoded, way }: { readonly decoded: DecodedOnce; readonly way: Way },
): Shortened | undefined | Promise<Shortened | undefined> {
  // Nobody bills for counting.
  if ((credit === undefined && limits === undefined) || operation === 'count-tokens') return undefined;
  let bounded: BoundedCall | undefined;
  const boundOf = (): BoundedCall => {
    bounded ??= boundCall(decoded, way, deployment, operation);
    return bounded;
  };
  const holding = limits?.hold(deployment, likelyTokens(decoded, way, operation), boundOf);
  if (credit === undefined && !(holding instanceof Promise)) return shortenedTo(holding, lossOfBudget);
  return holdBoth(holding, () => credit?.hold(deployment, boundOf()));
}

type MaxTokens = number | undefined;

/** What the limits leave and then, of credit, what the balance affords: the shorter counts. */
async function holdBoth(
  holding: MaxTokens | Promise<MaxTokens>,
  payFor: () => MaxTokens | Promise<MaxTokens>,
): Promise<Shortened | undefined> {
  const budgeted = await holding;
  const paid = await payFor();
  if (paid !== undefined && (budgeted === undefined || paid <= budgeted)) return shortenedTo(paid, lossOfCredit);
  return shortenedTo(budgeted, lossOfBudget);
}

function shortenedTo(maxTokens: MaxTokens, lossOf: (maxTokens: number) => Loss): Shortened | undefined {
  return maxTokens === undefined ? undefined : { maxTokens, loss: lossOf(maxTokens) };
}

export const ELSEWHERE_PERHAPS: ReadonlySet<ErrorCode> = new Set([
  'request.media_unreachable',
  'credit.exhausted',
  'credit.held',
  'credit.no_price',
  'budget.exhausted',
  'budget.no_price',
]);

/** The request with other bytes in some places; where they lie is found anew. */
function respliced(request: ReadRequest, splices: readonly Splice[]): ReadRequest {
  if (splices.length === 0) return request;
  const raw = spliceBytes(request.raw, splices);
  return { ...request, raw, ...readJsonBody(raw, LIMITS_OFF) };
}

/** Of a body that was within them before. */
const LIMITS_OFF = { depthMax: Number.MAX_SAFE_INTEGER, keysPerObjectMax: Number.MAX_SAFE_INTEGER };

const ACCEPTED = {
  sse: 'text/event-stream',
  ndjson: 'application/x-ndjson',
  'aws-event-stream': 'application/vnd.amazon.eventstream',
} as const;

/**
 * The call that a deployment is to be sent, or why it cannot be: no way that it speaks, or a loss that the caller refuses.
 * @throws GatewayError for a request that is wrong whoever serves it
 */
export async function prepareCall(
  exchange: Exchange,
  deployment: Deployment,
  { decoded, newId }: { readonly decoded: DecodedOnce; readonly newId: NewWireId },
): Promise<PreparedCall<Way> | GatewayError> {
  let way: Way;
  try {
    way = chooseWay(exchange, deployment, decoded.isTranslated);
  } catch (thrown) {
    return toGatewayError(thrown);
  }
  const { endpoint } = way;
  const target: Target = {
    upstreamModel: deployment.upstreamModel,
    path: endpoint.path,
    quirks: endpoint.quirks,
    facts: deployment.facts,
    newId,
  };
  let encoded: EncodedCall;
  let shortened: Shortened | undefined;
  try {
    const holding = holdFor(exchange, deployment, { decoded, way });
    shortened = holding instanceof Promise ? await holding : holding;
    const encoding = decoded.encode(way, target, shortened?.maxTokens);
    encoded = encoding instanceof Promise ? await encoding : encoding;
  } catch (thrown) {
    // Another provider may fetch by itself what the hub could not, or be cheaper.
    if (thrown instanceof GatewayError && ELSEWHERE_PERHAPS.has(thrown.code)) return thrown;
    throw thrown;
  }
  const { call } = encoded;
  const losses = shortened === undefined ? encoded.losses : [...encoded.losses, shortened.loss];
  if (exchange.refusesLosses && losses.length > 0) return notExpressible(losses, deployment);
  const framing = way.kind === 'pass' ? 'sse' : way.face.framing;
  const forwarded = way.kind === 'pass' ? forwardedRequestHeaders(exchange.request.headers, way.dialect) : undefined;
  return {
    way,
    method: 'POST',
    path: call.path,
    headers: {
      'content-type': 'application/json',
      accept: decoded.request.streamed ? ACCEPTED[framing] : 'application/json',
      ...forwarded,
      ...call.headers,
    },
    body: call.body,
    losses,
    auth: endpoint.auth,
    decodeFault: way.face.decodeFault,
    firstFault: (bytes) => firstFault(way, decoded.request, bytes),
    wholeFault,
  };
}
