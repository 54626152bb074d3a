import {
  type AnthropicModel,
  encodeAnthropicModel,
  encodeAnthropicModels,
} from '../dialects/anthropic-messages/encode-models.ts';
import { encodeGeminiModel, encodeGeminiModels, type GeminiModel } from '../dialects/gemini-generate/encode-models.ts';
import { GatewayError } from '../kernel/errors.ts';
import { formatUsd, nanoUsd } from '../kernel/money.ts';
import type { Deployment } from '../protocol/deployment.ts';
import { anyWords } from '../protocol/model-offer.ts';
import { OPERATIONS } from '../protocol/operation.ts';
import type { RateCard } from '../protocol/rate-card.ts';
import { type ListedModel, listModels, type ModelAccess, resolveModel } from '../routing/resolve.ts';
import type { Exchange } from './exchange.ts';

/** Who stands for the providers towards those who pay the hub. */
const HUB = 'aigne-hub';
const ANTHROPIC_DIALECT = 'anthropic-messages';
const GEMINI_DIALECT = 'gemini-generate';

/** A model in OpenAI's shape with what the hub knows besides: https://platform.openai.com/docs/api-reference/models */
export type WireModel = {
  readonly id: string;
  readonly object: 'model';
  readonly created: number;
  readonly owned_by: string;
  readonly name?: string | undefined;
  /** What the operator says of it to customers. */
  readonly description?: string | undefined;
  readonly context_length?: number | undefined;
  readonly max_output_tokens?: number | undefined;
  readonly input_modalities?: readonly string[] | undefined;
  readonly output_modalities?: readonly string[] | undefined;
  readonly operations: readonly string[];
  /** Dollars per million units of the deployment tried first; absent where no price is known. */
  readonly pricing?: Readonly<Record<string, string>> | undefined;
  /** Credits per million units, in place of dollars where calls are paid for with them. */
  readonly credits?: Readonly<Record<string, string>> | undefined;
  /**
   * Where it can be served, in the order in which it is tried; each may be called by that name. No business of those who
   * pay the hub and not its providers.
   */
  readonly deployments?: readonly string[] | undefined;
  readonly simulated?: true | undefined;
};

/** The rate card in force for a deployment now. */
export type CardOf = (deployment: Deployment) => RateCard | undefined;

/** What a caller may see of the models. */
export type ModelView = {
  readonly access: ModelAccess;
  readonly cardOf: CardOf;
  readonly isPaidWithCredit: boolean;
};

/**
 * The list of models, or the one that is named, in the shape that the caller reads: Anthropic's for one that speaks its
 * dialect or sends its version header, Gemini's for one that speaks that or brings its key as Google's clients do, else
 * OpenAI's. @throws GatewayError as a request for the model would
 */
export function answerModels(view: ModelView, exchange: Exchange, name: string): object {
  const shape = shapeFor(exchange);
  if (name !== '') {
    const model = modelByName(view, name);
    if (shape === 'openai') return model;
    return shape === 'anthropic' ? encodeAnthropicModel(toAnthropic(model)) : encodeGeminiModel(toGemini(model));
  }
  const list = modelList(view);
  if (shape === 'openai') return list;
  const query = new URL(exchange.request.url ?? '/', 'http://hub.invalid').searchParams;
  const asked = (field: string): string | undefined => query.get(field) ?? undefined;
  if (shape === 'gemini') {
    const page = { pageSize: asked('pageSize'), pageToken: asked('pageToken') };
    return encodeGeminiModels(list.data.map(toGemini), page);
  }
  const page = { limit: asked('limit'), afterId: asked('after_id'), beforeId: asked('before_id') };
  return encodeAnthropicModels(list.data.map(toAnthropic), page);
}

function shapeFor(exchange: Exchange): 'openai' | 'anthropic' | 'gemini' {
  const { dialect } = exchange.caller;
  if (dialect === GEMINI_DIALECT) return 'gemini';
  const isAnthropic = dialect === ANTHROPIC_DIALECT || exchange.header('anthropic-version') !== undefined;
  return isAnthropic ? 'anthropic' : 'openai';
}

function toGemini(model: WireModel): GeminiModel {
  return {
    id: model.id,
    displayName: model.name,
    description: model.description,
    inputTokenLimit: model.context_length,
    outputTokenLimit: model.max_output_tokens,
    operations: model.operations,
  };
}

function toAnthropic(model: WireModel): AnthropicModel {
  return {
    id: model.id,
    displayName: model.name,
    createdAtMs: model.created === 0 ? undefined : model.created * 1000,
    maxInputTokens: model.context_length,
    maxOutputTokens: model.max_output_tokens,
  };
}

/** The answer of `GET /v1/models`: what the key may call, and nothing else. */
function modelList(view: ModelView): { object: 'list'; data: readonly WireModel[] } {
  return { object: 'list', data: listModels(view.access).map((model) => encodeModel(model, view)) };
}

/** The answer of `GET /v1/models/{id}` for any name that a request may use. @throws GatewayError as a request would */
function modelByName(view: ModelView, name: string): WireModel {
  for (const operation of OPERATIONS) {
    try {
      const deployments = resolveModel(view.access, { model: name, operation });
      const { offers } = view.access;
      const offer = offers?.get(name) ?? offers?.get(deployments[0]?.canonicalModel ?? name);
      return encodeModel({ name, alias: false, deployments, offer }, view);
    } catch (error) {
      if (!(error instanceof GatewayError) || error.code !== 'model.operation_unsupported') throw error;
    }
  }
  throw new GatewayError('model.not_found', { details: { model: name } });
}

function encodeModel(model: ListedModel, { cardOf, isPaidWithCredit }: ModelView): WireModel {
  const { offer } = model;
  const [first] = model.deployments;
  if (first === undefined) throw new Error('a listed model has a deployment');
  const { facts, connection } = first;
  const prices = encodePrices(cardOf(first));
  return {
    id: model.name,
    object: 'model',
    created: Math.floor((facts.createdAt ?? 0) / 1000),
    owned_by: isPaidWithCredit ? HUB : connection.providerId,
    name: anyWords(offer?.displayName) ?? facts.displayName,
    description: anyWords(offer?.description),
    context_length: facts.contextTokens,
    max_output_tokens: facts.maxOutputTokens,
    input_modalities: facts.inputModalities,
    output_modalities: facts.outputModalities,
    operations: [...first.endpoints.keys()],
    ...(isPaidWithCredit
      ? { credits: prices }
      : { pricing: prices, deployments: model.deployments.map((deployment) => deployment.id) }),
    simulated: connection.simulated ? true : undefined,
  };
}

/** The plain prices: those that hold without a condition. */
function encodePrices(card: RateCard | undefined): Readonly<Record<string, string>> | undefined {
  if (card === undefined) return undefined;
  const plain = card.prices.filter(
    (price) =>
      price.aboveInputTokens === undefined &&
      price.utcWindow === undefined &&
      price.imageSize === undefined &&
      !price.batch,
  );
  return Object.fromEntries(plain.map((price) => [price.unit, formatUsd(nanoUsd(price.price))]));
}
