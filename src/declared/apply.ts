import { assertNever } from '../kernel/assert.ts';
import { GatewayError } from '../kernel/errors.ts';
import type { RouteRow } from '../protocol/route.ts';
import type { Change, Plan } from './changes.ts';
import type { ApplyPorts, ComparePorts, CurrentRows, NewDeclaredKey } from './ports.ts';
import { reconcile } from './reconcile.ts';
import {
  type FindIds,
  type IdOf,
  limitWithId,
  type Reference,
  referencesOf,
  referenceText,
  routeWithIds,
} from './references.ts';
import type { DeclaredRoute } from './route-schema.ts';
import type { Declared, DeclaredCredential, DeclaredKey } from './schema.ts';

/** Asks what must be known, then compares: the plan that `config apply --dry-run` prints. Changes nothing. */
export async function planDeclared(
  declared: Declared,
  { current, ports }: { readonly current: CurrentRows; readonly ports: ComparePorts },
): Promise<Plan> {
  return reconcile({
    declared,
    keys: declared.keys.map((key) => hashed(key, ports)),
    current,
    resolveBaseUrl: ports.resolveBaseUrl,
    unchangedSecrets: await unchangedSecrets(declared, { current, ports }),
    found: await findAll(referencesOf(declared.routes, declared.limits), ports.findIds),
  });
}

/** What became of a plan. A change that failed is reported with its error and does not stop those after it. */
export type ApplyReport = {
  readonly applied: readonly string[];
  readonly failed: readonly { readonly sentence: string; readonly error: unknown }[];
};

/** Carries the changes out, in their order. */
export async function applyChanges(changes: readonly Change[], ports: ApplyPorts): Promise<ApplyReport> {
  const applied: string[] = [];
  const failed: { sentence: string; error: unknown }[] = [];
  for (const change of changes) {
    try {
      await applyChange(change, ports);
      applied.push(change.sentence);
    } catch (error) {
      failed.push({ sentence: change.sentence, error });
    }
  }
  return { applied, failed };
}

async function applyChange(change: Change, ports: ApplyPorts): Promise<void> {
  switch (change.kind) {
    case 'connection.create':
      return createConnection(change, ports);
    case 'connection.update':
      return ports.updateConnection(change.id, change.change);
    case 'connection.remove':
      return ports.removeConnection(change.id);
    case 'credential.add':
      return ports.addCredential(change.connectionId, revealed(change.credential, change.source));
    case 'credential.replace':
      return ports.replaceSecret(change.id, change.credential.secret.reveal());
    case 'credential.weight':
      return ports.setCredentialWeight(change.id, change.weight);
    case 'credential.remove':
      return ports.removeCredential(change.id);
    case 'model.add':
      return ports.addModel(change.connectionId, change.upstreamModel);
    case 'model.remove':
      return ports.removeModel(change.id);
    case 'alias.create':
      return ports.createAlias(change.alias);
    case 'alias.remove':
      return ports.removeAlias(change.id);
    case 'identity.create':
      return ports.createIdentityOverride(change.identity);
    case 'identity.remove':
      return ports.removeIdentityOverride(change.id);
    case 'price.set':
      return ports.setPrices(change.price);
    case 'price.clear':
      return ports.clearPrices(change.model);
    case 'key.create':
      return ports.createKey(change.key);
    case 'key.update':
      return ports.updateKey(change.id, change.change);
    case 'key.remove':
      return ports.removeKey(change.id);
    case 'route.create':
      return ports.createRoute(await withIds(change.route, ports));
    case 'route.update':
      return ports.updateRoute(change.id, await withIds(change.route, ports));
    case 'route.remove':
      return ports.removeRoute(change.id);
    case 'limit.create':
      return ports.createLimit(limitWithId(change.limit, await idsFor(referencesOf([], [change.limit]), ports)));
    case 'limit.update':
      return ports.updateLimit(
        change.id,
        limitWithId(change.limit, await idsFor(referencesOf([], [change.limit]), ports)),
      );
    case 'limit.remove':
      return ports.removeLimit(change.id);
    default:
      return assertNever(change);
  }
}

async function withIds(route: DeclaredRoute, ports: ApplyPorts): Promise<Pick<RouteRow, 'name' | 'definition'>> {
  return { name: route.name, definition: routeWithIds(route, await idsFor(referencesOf([route], []), ports)) };
}

/** @throws GatewayError where a reference does not mean one thing: a key that could not be made, say */
async function idsFor(references: readonly Reference[], { findIds }: Pick<ApplyPorts, 'findIds'>): Promise<IdOf> {
  const found = await findAll(references, findIds);
  return (reference) => {
    const [id, another] = found.get(referenceText(reference)) ?? [];
    if (id !== undefined && another === undefined) return id;
    throw new GatewayError('request.invalid', { message: `There is no one ${referenceText(reference)}.` });
  };
}

async function findAll(
  references: readonly Reference[],
  findIds: FindIds,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, readonly string[]>();
  for (const reference of references) {
    const text = referenceText(reference);
    if (!found.has(text)) found.set(text, await findIds(reference));
  }
  return found;
}

async function createConnection(
  { connection, baseUrl }: Extract<Change, { kind: 'connection.create' }>,
  ports: ApplyPorts,
): Promise<void> {
  const { source, name, providerId, params, enabled, position, newModels } = connection;
  const [first, ...others] = connection.credentials.map((credential) => revealed(credential, source));
  const { id } = await ports.connect({
    source,
    name,
    providerId,
    params,
    enabled,
    position,
    baseUrl,
    newModelPolicy: newModels,
    credential: first,
  });
  for (const credential of others) await ports.addCredential(id, credential);
  for (const upstreamModel of connection.models) await ports.addModel(id, upstreamModel);
}

function revealed({ name, secret, weight }: DeclaredCredential, source: 'file' | 'env') {
  return { source, name, weight, secret: secret.reveal() };
}

function hashed(key: DeclaredKey, ports: ComparePorts): NewDeclaredKey {
  const { name, allowedModels, refusesLosses, enabled, expiresAt, secret } = key;
  const common = { name, allowedModels, refusesLosses, enabled, expiresAt };
  if (secret.kind === 'hash') return { ...common, hash: secret.hash, secret: undefined };
  return { ...common, hash: ports.hashKey(secret.text), secret: secret.text };
}

async function unchangedSecrets(
  declared: Declared,
  { current, ports }: { readonly current: CurrentRows; readonly ports: ComparePorts },
): Promise<ReadonlySet<string>> {
  const unchanged = new Set<string>();
  for (const connection of declared.connections) {
    const row = current.connections.find(
      ({ name, source }) => name === connection.name && source === connection.source,
    );
    for (const { name, secret } of connection.credentials) {
      const stored = current.credentials.find(
        (candidate) => candidate.connectionId === row?.id && candidate.name === name,
      );
      if (stored !== undefined && (await ports.holdsSecret(stored, secret))) unchanged.add(stored.id);
    }
  }
  return unchanged;
}
