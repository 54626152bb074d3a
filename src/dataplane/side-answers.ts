import { GatewayError, toGatewayError } from '../kernel/errors.ts';
import { isJsonObject, type JsonObject, parseJsonOrUndefined } from '../kernel/json.ts';
import type { Deployment } from '../protocol/deployment.ts';
import type { RateCard } from '../protocol/rate-card.ts';
import { answerBlocklet, type SideAnswer } from './aigne/blocklet.ts';
import { listAigneModels } from './aigne/models.ts';
import { answerStatus } from './aigne/status.ts';
import { USAGE_ROUTES, type UsageRoute } from './aigne/usage/answers.ts';
import type { UsageReads } from './aigne/usage/ports.ts';
import { answerError, FOR_BROWSERS } from './answer.ts';
import { pathOf } from './call-credit.ts';
import type { Exchange } from './exchange.ts';
import { answerModels } from './models.ts';
import type { Authenticate, DataplaneSnapshot, MeterPort } from './ports.ts';
import { type BodyBudget, readBody } from './read-body.ts';
import { modelPath } from './routes.ts';

/** A list of two hundred ids, and much room. */
const BODY_BYTES_MAX = 65_536;

/** What the answers need that call no model. */
export type SideDeps = {
  readonly snapshot: () => DataplaneSnapshot;
  readonly authenticate: Authenticate;
  readonly meter: MeterPort;
  /** Whether anybody may read which public models the hub offers. */
  readonly publicModels: boolean;
  /** The path of `publicUrl`; empty where there is none. */
  readonly pathPrefix: string;
  readonly usage: UsageReads;
  readonly budget: BodyBudget;
};

type Asked = { readonly exchange: Exchange; readonly query: URLSearchParams; readonly deps: SideDeps };
type AnswerSide = (asked: Asked) => SideAnswer | Promise<SideAnswer>;
/** What answers at an address, and by which methods it is asked. */
export type SideRoute = { readonly methods: readonly string[]; readonly answer: AnswerSide };
const READ_METHODS = ['GET', 'HEAD'];

const AIGNE_MODELS: AnswerSide = ({ exchange, query, deps }) => {
  const hasKey = exchange.header('authorization') !== undefined || !deps.publicModels;
  const audience = hasKey ? 'key' : 'anyone';
  const offered = { access: deps.snapshot().offered, principal: undefined };
  const { access, principal } = hasKey ? deps.authenticate(exchange) : offered;
  const type = query.get('type') ?? undefined;
  const isPaidWithCredit = deps.meter.isPaidWithCredit();
  const cardOf = cardsAt(exchange, deps, principal?.organizationId);
  const organizationId = principal?.organizationId;
  return json(listAigneModels(access, { audience, organizationId, type, cardOf, isPaidWithCredit }));
};

const STATUS: AnswerSide = async ({ exchange, query, deps }) => {
  const { access, principal } = deps.authenticate(exchange);
  const { organizationId } = principal;
  const seen = await deps.usage.charges?.seenBy(organizationId, pathOf(principal));
  const credit = seen && { ...seen, cardOf: cardsAt(exchange, deps, organizationId) };
  return json(answerStatus({ access, model: query.get('model') ?? undefined, credit }));
};

const ANSWERS: ReadonlyMap<string, AnswerSide> = new Map([
  [
    '/__blocklet__.js',
    ({ query, deps }) => answerBlocklet({ pathPrefix: deps.pathPrefix, type: query.get('type') ?? undefined }),
  ],
  ['/api/ai/models', AIGNE_MODELS],
  ['/api/ai-providers/models', AIGNE_MODELS],
  ['/api/v1/status', STATUS],
  ['/api/v2/status', STATUS],
]);

/** What answers a path that calls no model: lists of models, usage, and what else AIGNE's clients look up. */
export function sideAnswerAt(path: string): SideRoute | undefined {
  const usage = USAGE_ROUTES.get(path);
  if (usage !== undefined) return usageRoute(usage);
  const name = modelPath(path);
  if (name === undefined) {
    const answer = ANSWERS.get(path);
    return answer && { methods: READ_METHODS, answer };
  }
  return {
    methods: READ_METHODS,
    answer: ({ exchange, deps }) => {
      const { access, principal } = deps.authenticate(exchange);
      const isPaidWithCredit = deps.meter.isPaidWithCredit();
      const cardOf = cardsAt(exchange, deps, principal.organizationId);
      return json(answerModels({ access, cardOf, isPaidWithCredit }, exchange, decodeName(name)));
    },
  };
}

function usageRoute({ method, answer }: UsageRoute): SideRoute {
  return {
    methods: method === 'GET' ? READ_METHODS : [method],
    answer: ({ exchange, query, deps }) =>
      answer({
        principal: deps.authenticate(exchange).principal,
        query,
        body: () => readObject(exchange, deps.budget),
        nowMs: exchange.startedAt,
        usage: deps.usage,
      }),
  };
}

/** A small body; none at all says nothing. @throws GatewayError for one that is no JSON object */
async function readObject(exchange: Exchange, budget: BodyBudget): Promise<JsonObject> {
  const bytes = await readBody(exchange, BODY_BYTES_MAX, budget);
  budget.release(bytes.length);
  const value = bytes.length === 0 ? {} : parseJsonOrUndefined(bytes.toString('utf8'));
  if (isJsonObject(value)) return value;
  throw new GatewayError('request.invalid', { message: 'The body is no JSON object.' });
}

/** Answers in its own time. @returns a bug, which somebody has to be told of */
export async function giveSideAnswer(
  exchange: Exchange,
  { methods, answer }: SideRoute,
  deps: SideDeps,
): Promise<GatewayError | undefined> {
  const { request, ownResponse: response } = exchange;
  try {
    if (!methods.includes(request.method ?? '')) {
      response.setHeader('allow', methods.join(', '));
      throw new GatewayError('route.method_not_allowed');
    }
    const query = new URL(request.url ?? '/', 'http://hub.invalid').searchParams;
    const { contentType, body, fileName } = await answer({ exchange, query, deps });
    if (exchange.stopped !== undefined) throw exchange.stopped;
    const bytes = Buffer.from(body);
    response.writeHead(200, [
      'content-type',
      contentType,
      ...FOR_BROWSERS,
      ...(fileName === undefined ? [] : ['content-disposition', `attachment; filename="${fileName}"`]),
      'vary',
      'authorization, x-api-key, x-goog-api-key, anthropic-version, origin',
      'x-request-id',
      exchange.requestId,
      'content-length',
      String(bytes.length),
    ]);
    response.end(request.method === 'HEAD' ? undefined : bytes);
    return undefined;
  } catch (thrown) {
    const error = toGatewayError(thrown);
    answerError(exchange, error);
    return error.code === 'internal.bug' ? error : undefined;
  }
}

function json(value: object): SideAnswer {
  return { contentType: 'application/json', body: JSON.stringify(value) };
}

function cardsAt(
  { startedAt }: Exchange,
  { meter }: SideDeps,
  organizationId: string | undefined,
): (deployment: Deployment) => RateCard | undefined {
  return (deployment) => meter.shownCardOf(deployment, organizationId, startedAt);
}

function decodeName(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new GatewayError('request.invalid', { message: 'The model’s name in the address is not well encoded.' });
  }
}
