import { GatewayError, toGatewayError } from '../kernel/errors.ts';
import type { Deployment } from '../protocol/deployment.ts';
import type { RateCard } from '../protocol/rate-card.ts';
import { answerBlocklet, type SideAnswer } from './aigne/blocklet.ts';
import { listAigneModels } from './aigne/models.ts';
import { answerStatus, answerUserInfo } from './aigne/status.ts';
import { answerError, FOR_BROWSERS } from './answer.ts';
import type { Exchange } from './exchange.ts';
import { answerModels } from './models.ts';
import type { Authenticate, DataplaneSnapshot, MeterPort } from './ports.ts';
import { modelPath } from './routes.ts';

/** What the answers need that call no model. */
export type SideDeps = {
  readonly snapshot: () => DataplaneSnapshot;
  readonly authenticate: Authenticate;
  readonly meter: MeterPort;
  /** Whether anybody may read which public models the hub offers. */
  readonly publicModels: boolean;
  /** The path of `publicUrl`; empty where there is none. */
  readonly pathPrefix: string;
};

type Asked = { readonly exchange: Exchange; readonly query: URLSearchParams; readonly deps: SideDeps };
type AnswerSide = (asked: Asked) => SideAnswer;

const AIGNE_MODELS: AnswerSide = ({ exchange, query, deps }) => {
  const hasKey = exchange.header('authorization') !== undefined || !deps.publicModels;
  const audience = hasKey ? 'key' : 'anyone';
  const offered = { directory: deps.snapshot().directory, denialOf: undefined };
  const access = hasKey ? deps.authenticate(exchange).access : offered;
  const type = query.get('type') ?? undefined;
  return json(listAigneModels(access, { audience, type, cardOf: cardsAt(exchange, deps) }));
};

const STATUS: AnswerSide = ({ exchange, query, deps }) => {
  const { access } = deps.authenticate(exchange);
  return json(answerStatus(access, query.get('model') ?? undefined));
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
  ['/api/user/info', ({ exchange, deps }) => json(answerUserInfo(deps.authenticate(exchange).principal))],
]);

/** What answers a path that calls no model: lists of models, and what AIGNE's clients look up. */
export function sideAnswerAt(path: string): AnswerSide | undefined {
  const name = modelPath(path);
  if (name === undefined) return ANSWERS.get(path);
  return ({ exchange, deps }) => {
    const { access } = deps.authenticate(exchange);
    return json(answerModels({ access, cardOf: cardsAt(exchange, deps) }, exchange, decodeName(name)));
  };
}

/** Answers at once. @returns a bug, which somebody has to be told of */
export function giveSideAnswer(exchange: Exchange, answer: AnswerSide, deps: SideDeps): GatewayError | undefined {
  const { request, ownResponse: response } = exchange;
  try {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD');
      throw new GatewayError('route.method_not_allowed');
    }
    const query = new URL(request.url ?? '/', 'http://hub.invalid').searchParams;
    const { contentType, body } = answer({ exchange, query, deps });
    const bytes = Buffer.from(body);
    response.writeHead(200, [
      'content-type',
      contentType,
      ...FOR_BROWSERS,
      'vary',
      'authorization, x-api-key, anthropic-version, origin',
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

function cardsAt({ startedAt }: Exchange, { meter }: SideDeps): (deployment: Deployment) => RateCard | undefined {
  return (deployment) => meter.cardOf(deployment, startedAt)?.card;
}

function decodeName(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new GatewayError('request.invalid', { message: 'The model’s name in the address is not well encoded.' });
  }
}
