import type { AliasRow } from '../protocol/configuration.ts';
import type { Deployment } from '../protocol/deployment.ts';
import type { RouteRow } from '../protocol/route.ts';
import { findDeployments, followAliases } from './names.ts';
import { type CompiledRoute, compileRoute } from './route.ts';

/** What the directory needs to know of providers and names; the catalogue answers. */
export type NamingRules = {
  /** The canonical name of a model as some caller wrote it. */
  readonly canonicalName: (name: string) => string;
  /** The provider's catalogue id for a name or alias of it, in any case; `undefined` when no provider is called so. */
  readonly providerId: (name: string) => string | undefined;
  /** By whom models are named in place of their providers; missing where whoever calls may know those. */
  readonly makers?: ModelMakers | undefined;
};

/** Who makes models, for those to whom it is told and not who serves. */
export type ModelMakers = {
  /** The maker's id, or the hub's own where nobody knows one. */
  readonly of: (canonicalModel: string) => string;
  /** The maker's id by what callers may call it; `undefined` for any other name. */
  readonly named: (name: string) => string | undefined;
  readonly title: (id: string) => string;
};

/** Names, each with what it stands for. */
export type Names<Value> = {
  readonly get: (name: string) => Value | undefined;
  readonly has: (name: string) => boolean;
  readonly keys: () => Iterable<string>;
};

/** Every model that may be called, by all its names. Immutable: a change builds a new one. */
export type ModelDirectory = {
  readonly rules: NamingRules;
  readonly aliases: Names<string>;
  /** Names that are served as an operator has laid down. */
  readonly routes: Names<CompiledRoute>;
  /** Deployments by canonical model, in the order in which they are tried. */
  readonly byCanonical: Names<readonly Deployment[]>;
  /** Deployments by the provider's own id of the model, unless that is not told, in the order in which they are tried. */
  readonly byUpstream: Names<readonly Deployment[]>;
  /** Deployments by connection name and by provider id, lower case; by their makers where those stand for providers. */
  readonly byPrefix: Names<readonly Deployment[]>;
};

/** What a directory is made of. */
export type DirectoryParts = {
  readonly deployments: readonly Deployment[];
  readonly aliases: readonly AliasRow[];
  readonly routes: readonly RouteRow[];
};

/** `within`: where the targets of its routes are looked up; in itself where nothing is said. */
export function buildDirectory(parts: DirectoryParts, rules: NamingRules, within?: ModelDirectory): ModelDirectory {
  const ordered = parts.deployments.toSorted(compareDeployments);
  const directory: ModelDirectory = {
    rules,
    aliases: new Map(parts.aliases.map((alias) => [alias.name, alias.target])),
    routes: compiledWhenAsked(parts.routes, () => within ?? directory),
    byCanonical: groupBy(ordered, (deployment) => [deployment.canonicalModel]),
    byUpstream: groupBy(ordered, (deployment) => [
      rules.makers === undefined ? deployment.upstreamModel : deployment.canonicalModel,
    ]),
    byPrefix: groupBy(ordered, (deployment) => prefixesOf(deployment, rules)),
  };
  return directory;
}

function prefixesOf({ canonicalModel, connection }: Deployment, { makers }: NamingRules): readonly string[] {
  return makers === undefined ? [connection.name.toLowerCase(), connection.providerId] : [makers.of(canonicalModel)];
}

/**
 * A directory over another: its own deployments are tried before those beneath, and its own aliases and routes win. Neither
 * of the two is changed or copied, so that it costs what is its own.
 */
export function layDirectory(own: DirectoryParts, beneath: ModelDirectory): ModelDirectory {
  // Where an organization buys itself is no secret to it.
  const above = buildDirectory({ ...own, routes: [] }, { ...beneath.rules, makers: undefined });
  const routes = compiledWhenAsked(own.routes, () => laid);
  const laid: ModelDirectory = {
    rules: beneath.rules,
    aliases: lay(above.aliases, beneath.aliases, (own) => own),
    routes: lay(routes, beneath.routes, (own) => own),
    byCanonical: lay(above.byCanonical, beneath.byCanonical, ownFirst),
    byUpstream: lay(above.byUpstream, beneath.byUpstream, ownFirst),
    byPrefix: lay(above.byPrefix, beneath.byPrefix, ownFirst),
  };
  return laid;
}

/** Routes by name, each compiled with its first request: its targets are looked up among all that there is then. */
function compiledWhenAsked(rows: readonly RouteRow[], directory: () => ModelDirectory): Names<CompiledRoute> {
  const byName = new Map(rows.map((row) => [row.name, row]));
  const compiled = new Map<string, CompiledRoute>();
  return {
    get: (name) => {
      const row = byName.get(name);
      if (row === undefined) return undefined;
      const known = compiled.get(name);
      if (known !== undefined) return known;
      const within = directory();
      const route = compileRoute(row, (model) => findDeployments(within, followAliases(within, model).name));
      compiled.set(name, route);
      return route;
    },
    has: (name) => byName.has(name),
    keys: () => byName.keys(),
  };
}

function lay<Value>(
  above: Names<Value>,
  beneath: Names<Value>,
  join: (own: Value, shared: Value) => Value,
): Names<Value> {
  return {
    get: (name) => {
      const own = above.get(name);
      const shared = beneath.get(name);
      return own === undefined || shared === undefined ? (own ?? shared) : join(own, shared);
    },
    has: (name) => above.has(name) || beneath.has(name),
    keys: () => new Set([...above.keys(), ...beneath.keys()]),
  };
}

function ownFirst(own: readonly Deployment[], shared: readonly Deployment[]): readonly Deployment[] {
  return [...own, ...shared];
}

/**
 * The order is always the same: the model's own vendor first, then the operator's order, then the name, so that two
 * processes with the same configuration try the same deployment.
 */
function compareDeployments(a: Deployment, b: Deployment): number {
  if (a.isVendor !== b.isVendor) return a.isVendor ? -1 : 1;
  if (a.connection.position !== b.connection.position) return a.connection.position - b.connection.position;
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

function groupBy(
  deployments: readonly Deployment[],
  keysOf: (deployment: Deployment) => readonly string[],
): Names<readonly Deployment[]> {
  const groups = new Map<string, Deployment[]>();
  for (const deployment of deployments) {
    for (const key of new Set(keysOf(deployment))) {
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [deployment]);
      else group.push(deployment);
    }
  }
  return groups;
}
