import { GatewayError } from '../kernel/errors.ts';
import type { Denial, DenialOf } from '../protocol/access.ts';
import type { Deployment } from '../protocol/deployment.ts';
import type { ModelOffer, PublishedOffers } from '../protocol/model-offer.ts';
import type { Operation } from '../protocol/operation.ts';
import type { ModelDirectory, ModelMakers } from './directory.ts';
import { deploymentsBehind, findDeployments, followAliases } from './names.ts';
import { nearMatches } from './near-matches.ts';
import { placedAlone, type RequestFacts, type Tiers, tiersFor } from './route.ts';
import { deploymentsIn, type Routed } from './turns.ts';

/** The models that there are for a key: those of its directory that nothing forbids it. */
export type ModelAccess = {
  readonly directory: ModelDirectory;
  /** `undefined` forbids nothing. */
  readonly denialOf: DenialOf | undefined;
  /** What customers are offered, which is all that there is for them; `undefined` for who is no customer. */
  readonly offers?: PublishedOffers | undefined;
  /** Where what was made before still is, also where it is offered no more; missing: where the directory says. */
  readonly places?: ModelDirectory | undefined;
};

const HUB_PREFIX = /^aignehub[/:]/i;

/** What is asked of a model. */
export type ModelRequest = { readonly model: string; readonly operation: Operation };

/** The deployments to which a model name may lead, those first that are tried first while all of them work. */
export function resolveModel(access: ModelAccess, request: ModelRequest): readonly Deployment[] {
  return deploymentsIn(routeModel(access, request, undefined));
}

/**
 * Model name → what serves it, by tiers. A route wins over an alias, and that over all else; `provider/model` is pinned to
 * that provider when it is connected, and otherwise served by whoever lists that exact id; a bare name is looked up by
 * identity. By which of a route's rules `facts` tell.
 *
 * @throws GatewayError `model.not_found` with near matches, `provider.not_connected`, `model.not_allowed`,
 *   `model.operation_unsupported`
 */
export function routeModel(access: ModelAccess, request: ModelRequest, facts: RequestFacts | undefined): Routed {
  const { directory } = access;
  const asked = request.model.replace(HUB_PREFIX, '');
  const { name, alias } = followAliases(directory, asked);
  const route = directory.routes.get(name);
  const chosen = route === undefined ? undefined : tiersFor(route, facts);
  const found = chosen?.tiers ?? [findDeployments(directory, name).map(placedAlone)];
  const first = found.find((tier) => tier.length > 0)?.[0];
  if (first === undefined) throw notFound(access, access.offers === undefined ? name : asked);
  // A route's name allows what it leads to as an alias does.
  const by = alias ?? (route === undefined ? undefined : name);
  const allowed = keep(found, (deployment) => denialOf(access, deployment, by) === undefined);
  if (allowed.length === 0) throw notAllowed(asked, denialOf(access, first.deployment, by));
  const able = keep(allowed, ({ endpoints }) => isAble(endpoints, request.operation));
  if (able.length === 0) {
    throw new GatewayError('model.operation_unsupported', { details: { model: asked, operation: request.operation } });
  }
  const group = route?.id ?? first.deployment.canonicalModel;
  return { group, route, rule: chosen?.rule, tiers: able };
}

/** Of every tier what passes the test; without tiers that have nothing left. */
export function keep(tiers: Tiers, passes: (deployment: Deployment) => boolean): Tiers {
  if (tiers.every((tier) => tier.every(({ deployment }) => passes(deployment)))) return tiers;
  return tiers.map((tier) => tier.filter(({ deployment }) => passes(deployment))).filter((tier) => tier.length > 0);
}

/** A model at one connection: where something was left. */
export type DeploymentPlace = { readonly connectionId: string; readonly upstreamModel: string };

/** The deployment at that place; `undefined` where it is no more, cannot do the operation, or a rule forbids it. */
export function findDeployment(
  access: ModelAccess,
  { connectionId, upstreamModel }: DeploymentPlace,
  operation: Operation,
): Deployment | undefined {
  const there = (access.places ?? access.directory).byUpstream.get(upstreamModel);
  const found = there?.find(({ connection }) => connection.id === connectionId);
  if (found === undefined || !isAble(found.endpoints, operation)) return undefined;
  return denialOf(access, found, undefined) === undefined ? found : undefined;
}

/** The deployments that nothing forbids, called by that alias or by none. */
function allowedOf(
  access: ModelAccess,
  found: readonly Deployment[],
  alias: string | undefined,
): readonly Deployment[] {
  if (access.denialOf === undefined) return found;
  return found.filter((deployment) => denialOf(access, deployment, alias) === undefined);
}

function denialOf(access: ModelAccess, deployment: Deployment | undefined, alias: string | undefined) {
  if (access.denialOf === undefined || deployment === undefined) return undefined;
  const { upstreamModel, connection } = deployment;
  const { providerId, region } = connection;
  const names = namesOf(deployment, alias, access.directory.rules.makers);
  return access.denialOf({ names, upstreamModel, providerId, region });
}

/** Of several deployments that are forbidden, the one that would be tried first tells why. */
function notAllowed(model: string, denial: Denial | undefined): GatewayError {
  if (denial === undefined) return new GatewayError('model.not_allowed', { details: { model } });
  const { rule, changedBy, message } = denial;
  return new GatewayError('model.not_allowed', { message, details: { model, rule, changed_by: changedBy } });
}

/** Where nobody counts tokens, whoever chats has them estimated. */
function isAble(endpoints: Deployment['endpoints'], operation: Operation): boolean {
  return endpoints.has(operation) || (operation === 'count-tokens' && endpoints.has('chat'));
}

/** Every name by which a list may allow a deployment. */
function namesOf(
  deployment: Deployment,
  alias: string | undefined,
  makers: ModelMakers | undefined,
): readonly string[] {
  const { canonicalModel, upstreamModel, connection, id } = deployment;
  const names = [canonicalModel, id, `${connection.providerId}/${upstreamModel}`];
  // An upstream id with a slash reads like a pinned name: what a key may call at one provider must not mean another.
  if (!upstreamModel.includes('/')) names.push(upstreamModel);
  if (makers !== undefined) names.push(makerName(makers, canonicalModel));
  if (alias !== undefined) names.push(alias);
  return names;
}

/** What an alias leads to at last: a name that is none, and all that serves it. */
export function behindAlias(
  directory: ModelDirectory,
  alias: string,
): { readonly name: string; readonly deployments: readonly Deployment[] } {
  const { name } = followAliases(directory, alias);
  return { name, deployments: deploymentsBehind(directory, name) };
}

/** A model by the name of its maker: `openai/gpt-5-mini`, whoever serves it. */
export function makerName(makers: ModelMakers, canonicalModel: string): string {
  return `${makers.of(canonicalModel)}/${canonicalModel}`;
}

function notFound(access: ModelAccess, name: string): GatewayError {
  const { directory } = access;
  const slash = name.indexOf('/');
  const prefix = slash > 0 ? name.slice(0, slash) : undefined;
  const providerId = prefix === undefined ? undefined : directory.rules.providerId(prefix);
  const connected = directory.byPrefix.has(providerId ?? '') || directory.byPrefix.has((prefix ?? '').toLowerCase());
  // Whom the operator buys from is no business of customers.
  if (providerId !== undefined && !connected && access.offers === undefined) {
    return new GatewayError('provider.not_connected', { details: { provider: providerId } });
  }
  const suggestions = nearMatches(
    name,
    listModels(access).map((model) => model.name),
  );
  const hint = suggestions.length === 0 ? '' : ` Did you mean ${suggestions.map((near) => `\`${near}\``).join(', ')}?`;
  return new GatewayError('model.not_found', {
    message: `No connected provider serves that model.${hint}`,
    param: 'model',
    details: { model: name.slice(0, 256), near_matches: suggestions },
  });
}

/** A model as callers see it in a list: the name to call it by, and what answers to it. */
export type ListedModel = {
  readonly name: string;
  readonly alias: boolean;
  readonly deployments: readonly Deployment[];
  /** What the operator says of it to customers; `undefined` where they are no customers, or it is their own. */
  readonly offer: ModelOffer | undefined;
};

/** Every name that a key may call, canonical models, aliases and routes: what is offered in that order, all others by name. */
export function listModels(access: ModelAccess): readonly ListedModel[] {
  const { directory, offers } = access;
  const names = new Set([...directory.byCanonical.keys(), ...directory.aliases.keys(), ...directory.routes.keys()]);
  const offered = offers === undefined ? [] : [...offers.keys()].filter((name) => names.has(name));
  const listed: ListedModel[] = [];
  for (const name of new Set([...offered, ...[...names].sort()])) {
    const behind = followAliases(directory, name);
    const isRoute = directory.routes.has(behind.name);
    const found = deploymentsBehind(directory, behind.name);
    const deployments = allowedOf(access, found, behind.alias ?? (isRoute ? behind.name : undefined));
    const offer = offers?.get(name);
    if (deployments.length > 0) listed.push({ name, alias: behind.alias !== undefined, deployments, offer });
  }
  return listed;
}
