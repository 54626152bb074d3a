import type { AliasRow } from '../protocol/configuration.ts';
import type { Deployment } from '../protocol/deployment.ts';

/** What the directory needs to know of providers and names; the catalogue answers. */
export type NamingRules = {
  /** The canonical name of a model as some caller wrote it. */
  readonly canonicalName: (name: string) => string;
  /** The provider's catalogue id for a name or alias of it, in any case; `undefined` when no provider is called so. */
  readonly providerId: (name: string) => string | undefined;
};

/** Every model that may be called, by all its names. Immutable: a change builds a new one. */
export type ModelDirectory = {
  readonly rules: NamingRules;
  readonly aliases: ReadonlyMap<string, string>;
  /** Deployments by canonical model, in the order in which they are tried. */
  readonly byCanonical: ReadonlyMap<string, readonly Deployment[]>;
  /** Deployments by the provider's own id of the model, in the order in which they are tried. */
  readonly byUpstream: ReadonlyMap<string, readonly Deployment[]>;
  /** Deployments by connection name and by provider id, lower case, then by upstream model. */
  readonly byPrefix: ReadonlyMap<string, readonly Deployment[]>;
};

export function buildDirectory(
  deployments: readonly Deployment[],
  aliases: readonly AliasRow[],
  rules: NamingRules,
): ModelDirectory {
  const ordered = deployments.toSorted(compareDeployments);
  return {
    rules,
    aliases: new Map(aliases.map((alias) => [alias.name, alias.target])),
    byCanonical: groupBy(ordered, (deployment) => [deployment.canonicalModel]),
    byUpstream: groupBy(ordered, (deployment) => [deployment.upstreamModel]),
    byPrefix: groupBy(ordered, ({ connection }) => [connection.name.toLowerCase(), connection.providerId]),
  };
}

/**
 * A directory over another: its own deployments are tried before those beneath, and its own aliases win. Neither of the two
 * is changed.
 */
export function layDirectory(
  own: { readonly deployments: readonly Deployment[]; readonly aliases: readonly AliasRow[] },
  beneath: ModelDirectory,
): ModelDirectory {
  const above = buildDirectory(own.deployments, own.aliases, beneath.rules);
  return {
    rules: beneath.rules,
    aliases: new Map([...beneath.aliases, ...above.aliases]),
    byCanonical: layGroups(above.byCanonical, beneath.byCanonical),
    byUpstream: layGroups(above.byUpstream, beneath.byUpstream),
    byPrefix: layGroups(above.byPrefix, beneath.byPrefix),
  };
}

type Groups = ReadonlyMap<string, readonly Deployment[]>;

function layGroups(above: Groups, beneath: Groups): Groups {
  if (above.size === 0) return beneath;
  const laid = new Map(beneath);
  for (const [key, group] of above) laid.set(key, [...group, ...(beneath.get(key) ?? [])]);
  return laid;
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

function groupBy(deployments: readonly Deployment[], keysOf: (deployment: Deployment) => readonly string[]): Groups {
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
