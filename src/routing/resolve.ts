import { GatewayError } from '../kernel/errors.ts';
import type { Denial, DenialOf } from '../protocol/access.ts';
import type { Deployment } from '../protocol/deployment.ts';
import type { ModelOffer, PublishedOffers } from '../protocol/model-offer.ts';
import type { Operation } from '../protocol/operation.ts';
import type { ModelDirectory, ModelMakers } from './directory.ts';
import { nearMatches } from './near-matches.ts';

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
const ALIAS_HOPS_MAX = 4;

/**
 * Model name → the deployments to try, in order. An alias wins over all; `provider/model` is pinned to that provider
 * when it is connected, and otherwise served by whoever lists that exact id; a bare name is looked up by identity.
 *
 * @throws GatewayError `model.not_found` with near matches, `provider.not_connected`, `model.not_allowed`,
 *   `model.operation_unsupported`
 */
export function resolveModel(
  access: ModelAccess,
  request: { readonly model: string; readonly operation: Operation },
): readonly Deployment[] {
  const { directory } = access;
  const asked = request.model.replace(HUB_PREFIX, '');
  const { name, alias } = followAliases(directory, asked);
  const found = findDeployments(directory, name);
  if (found.length === 0) throw notFound(access, access.offers === undefined ? name : asked);
  const allowed = allowedOf(access, found, alias);
  if (allowed.length === 0) throw notAllowed(asked, denialOf(access, found[0], alias));
  const able = allowed.filter(({ endpoints }) => isAble(endpoints, request.operation));
  if (able.length === 0) {
    throw new GatewayError('model.operation_unsupported', { details: { model: asked, operation: request.operation } });
  }
  return able;
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
  return { name, deployments: findDeployments(directory, name) };
}

/** A model by the name of its maker: `openai/gpt-5-mini`, whoever serves it. */
export function makerName(makers: ModelMakers, canonicalModel: string): string {
  return `${makers.of(canonicalModel)}/${canonicalModel}`;
}

/** The name behind an alias, which may be an alias in turn; a ring of aliases ends at the bound. */
function followAliases(directory: ModelDirectory, asked: string): { name: string; alias: string | undefined } {
  let name = asked;
  let alias: string | undefined;
  for (let hop = 0; hop < ALIAS_HOPS_MAX; hop += 1) {
    const target = directory.aliases.get(name);
    if (target === undefined) break;
    alias ??= name;
    name = target;
  }
  return { name, alias };
}

/** The deployments that a name means, whoever asks. */
function findDeployments(directory: ModelDirectory, name: string): readonly Deployment[] {
  const slash = name.indexOf('/');
  if (slash > 0) {
    const pinned = findPinned(directory, name.slice(0, slash), name.slice(slash + 1));
    if (pinned !== undefined) return pinned;
  }
  const exact = directory.byUpstream.get(name);
  // Who names a provider means that provider, or whoever lists the very name; never just any host of the model.
  if (slash > 0 && isProvider(directory, name.slice(0, slash))) return exact ?? [];
  const canonical = directory.byCanonical.get(directory.rules.canonicalName(name)) ?? directory.byCanonical.get(name);
  if (exact === undefined) return canonical ?? [];
  if (slash > 0 || canonical === undefined) return exact;
  // A bare name that one provider lists to the letter still is one model on all its deployments.
  return canonical.some((deployment) => deployment === exact[0]) ? canonical : exact;
}

function isProvider({ rules, byPrefix }: ModelDirectory, prefix: string): boolean {
  const isMaker = rules.makers?.named(prefix) !== undefined;
  return isMaker || rules.providerId(prefix) !== undefined || byPrefix.has(prefix.toLowerCase());
}

function findPinned(directory: ModelDirectory, prefix: string, rest: string): readonly Deployment[] | undefined {
  const { rules, byPrefix } = directory;
  const connected =
    byPrefix.get(prefix.toLowerCase()) ??
    byPrefix.get(rules.providerId(prefix) ?? '') ??
    byPrefix.get(rules.makers?.named(prefix) ?? '');
  if (connected === undefined) return undefined;
  const exact = connected.filter((deployment) => deployment.upstreamModel === rest);
  if (exact.length > 0) return exact;
  const canonical = rules.canonicalName(rest);
  const same = connected.filter((deployment) => deployment.canonicalModel === canonical);
  return same.length > 0 ? same : undefined;
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

/** Every name that a key may call, canonical models and aliases: what is offered in that order, all others by name. */
export function listModels(access: ModelAccess): readonly ListedModel[] {
  const { directory, offers } = access;
  const names = new Set([...directory.byCanonical.keys(), ...directory.aliases.keys()]);
  const offered = offers === undefined ? [] : [...offers.keys()].filter((name) => names.has(name));
  const listed: ListedModel[] = [];
  for (const name of new Set([...offered, ...[...names].sort()])) {
    const behind = followAliases(directory, name);
    const found = findDeployments(directory, behind.name);
    const deployments = allowedOf(access, found, behind.alias);
    const offer = offers?.get(name);
    if (deployments.length > 0) listed.push({ name, alias: behind.alias !== undefined, deployments, offer });
  }
  return listed;
}
