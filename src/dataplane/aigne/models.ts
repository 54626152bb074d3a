import { GatewayError } from '../../kernel/errors.ts';
import type { Deployment } from '../../protocol/deployment.ts';
import type { PriceUnit, RateCard } from '../../protocol/rate-card.ts';
import { modelKind } from '../../providers/model-kind.ts';
import { listModels, type ModelAccess } from '../../routing/resolve.ts';
import { isHidden } from '../shown-model.ts';

/**
 * The models of the hub in the shape that AIGNE's clients read: https://www.aigne.io/framework (`models()`).
 * Its schema wants every rate as a string and `status` as an object.
 */
export type AigneModel = {
  /** The name to call it by. */
  readonly key: string;
  readonly model: string;
  readonly type: AigneModelType;
  readonly provider: string;
  readonly providerId: string;
  readonly providerDisplayName: string;
  /** Credits per token where calls are paid for with them, else dollars; empty where no rate is known or told, since `"0"` would say that it is free. */
  readonly input_credits_per_token: string;
  readonly output_credits_per_token: string;
  readonly modelMetadata: { readonly maxTokens?: number; readonly features?: readonly string[] } | null;
  readonly status: {
    readonly available: boolean;
    readonly error: null;
    readonly responseTime: null;
    readonly lastChecked: null;
  };
};

export type AigneModelType = 'chat' | 'image_generation' | 'embedding' | 'video';

/**
 * Who asks. The client asks without a key, so there is a list for anyone: what the hub offers of public models, and public
 * rates. With a key the list is what that key may call.
 */
export type Audience = 'anyone' | 'key';

export type ModelsQuery = {
  readonly audience: Audience;
  /** Whose key it is; `undefined` for strangers. */
  readonly organizationId?: string | undefined;
  /** The query's `type`; `undefined` asks for all. */
  readonly type: string | undefined;
  readonly cardOf: (deployment: Deployment) => RateCard | undefined;
  /** What customers pay is for everybody to read; what the operator agreed on with providers is not. */
  readonly isPaidWithCredit: boolean;
};

const TYPES: ReadonlyMap<string, AigneModelType> = new Map([
  ['chat', 'chat'],
  ['image', 'image_generation'],
  ['image_generation', 'image_generation'],
  ['imageGeneration', 'image_generation'],
  ['embedding', 'embedding'],
  ['video', 'video'],
]);
/** Names that hold somebody's own: fine-tuned models name their owner, resource names the owner's account. */
const PRIVATE_NAME = /(?:^|\/)(?:ft:|arn:)/;
/** Places behind the point of a price per token that is kept as nano-dollars per million. */
const TOKEN_PRICE_PLACES = 15;

/** The answer of `GET /api/ai/models`. @throws GatewayError `request.invalid` for a type that there is not */
export function listAigneModels(access: ModelAccess, query: ModelsQuery): readonly AigneModel[] {
  const type = query.type === undefined || query.type === '' ? undefined : TYPES.get(query.type);
  if (query.type !== undefined && query.type !== '' && type === undefined) {
    throw new GatewayError('request.invalid', {
      message: '`type` must be `chat`, `image`, `embedding` or `video`.',
      param: 'type',
    });
  }
  const models = new Map<string, AigneModel>();
  for (const deployment of deploymentsFor(access, query.audience)) {
    const named = namesOf(access, deployment, query.organizationId);
    const key = `${named.provider}/${named.model}`;
    const kind = typeOf(deployment);
    if (models.has(key) || (type !== undefined && kind !== type)) continue;
    models.set(key, encodeModel(named, deployment, { kind, query }));
  }
  return [...models.values()];
}

/** Aliases are the operator's own names, and no model is listed under one. */
function deploymentsFor(access: ModelAccess, audience: Audience): readonly Deployment[] {
  const all = listModels(access)
    .filter(({ alias }) => !alias)
    .flatMap(({ deployments }) => deployments);
  return audience === 'key' ? all : all.filter(isPublic);
}

/** What runs on the operator's own machine, and what a name tells of its owner, is no business of strangers. */
function isPublic({ connection, upstreamModel }: Deployment): boolean {
  return !connection.isLocal && !PRIVATE_NAME.test(upstreamModel);
}

type Named = Pick<AigneModel, 'provider' | 'providerDisplayName' | 'model'>;

/** Who serves, and the model by its name there; to customers who makes the model, and it by its own name. */
function namesOf(access: ModelAccess, deployment: Deployment, organizationId: string | undefined): Named {
  const { connection, upstreamModel, canonicalModel } = deployment;
  const { makers } = access.directory.rules;
  if (makers !== undefined && isHidden(access, deployment, organizationId)) {
    const provider = makers.of(canonicalModel);
    return { provider, providerDisplayName: makers.title(provider), model: canonicalModel };
  }
  return { provider: connection.providerId, providerDisplayName: connection.providerName, model: upstreamModel };
}

function encodeModel(
  named: Named,
  deployment: Deployment,
  { kind, query }: { readonly kind: AigneModelType; readonly query: ModelsQuery },
): AigneModel {
  const { connection } = deployment;
  const card = query.cardOf(deployment);
  // Prices that the operator agreed on are the operator's and the callers'.
  const isOwn = card?.source === 'operator' && !query.isPaidWithCredit;
  const shown = isOwn && query.audience === 'anyone' ? undefined : card;
  return {
    key: `${named.provider}/${named.model}`,
    model: named.model,
    type: kind,
    provider: named.provider,
    providerId: named.provider,
    providerDisplayName: named.providerDisplayName,
    input_credits_per_token: perToken(shown, 'input'),
    output_credits_per_token: perToken(shown, 'output'),
    modelMetadata: metadataOf(deployment),
    status: {
      available: connection.auth.scheme === 'none' || connection.credentials.length > 0,
      error: null,
      responseTime: null,
      lastChecked: null,
    },
  };
}

/** The types that clients know; what is for sound they take for a chat. */
function typeOf(deployment: Deployment): AigneModelType {
  const kind = modelKind(deployment);
  if (kind === 'image') return 'image_generation';
  return kind === 'audio' ? 'chat' : kind;
}

function metadataOf({ facts }: Deployment): AigneModel['modelMetadata'] {
  const maxTokens = facts.contextTokens;
  const seesPictures = facts.inputModalities?.includes('image');
  if (maxTokens === undefined && seesPictures !== true) return null;
  return {
    ...(maxTokens === undefined ? {} : { maxTokens }),
    ...(seesPictures === true ? { features: ['vision'] } : {}),
  };
}

/** The plain price of one token as a decimal text; empty where there is none. */
function perToken(card: RateCard | undefined, unit: PriceUnit): string {
  const line = card?.prices.find(
    (price) =>
      price.unit === unit &&
      price.aboveInputTokens === undefined &&
      price.utcWindow === undefined &&
      price.imageSize === undefined &&
      price.imageQuality === undefined &&
      !price.batch,
  );
  if (line === undefined) return '';
  const digits = line.price.toString().padStart(TOKEN_PRICE_PLACES + 1, '0');
  const fraction = digits.slice(-TOKEN_PRICE_PLACES).replace(/0+$/, '');
  return digits.slice(0, -TOKEN_PRICE_PLACES) + (fraction === '' ? '' : `.${fraction}`);
}
