import type { AliasRow, ConfigurationState, ConnectionRow, ModelRow } from '../protocol/configuration.ts';
import type { ConnectionTarget, Deployment } from '../protocol/deployment.ts';
import type { Organization, Project } from '../protocol/people.ts';
import type { Catalogue } from '../providers/catalogue.ts';
import type { ModelIdentity } from '../providers/model-identity.ts';
import { buildDirectory, layDirectory, type ModelDirectory } from '../routing/directory.ts';
import { DEFAULT_TENANT } from '../storage/default-tenant.ts';
import { compileEndpoints } from './compile-endpoints.ts';

/** A connection that calls may use, as its row and as they see it. */
export type LiveConnection = {
  readonly row: ConnectionRow;
  readonly target: ConnectionTarget;
  /** The path of its address, before every path of its provider's. */
  readonly basePath: string;
};

export type Directories = {
  /** What every organization is offered: the default organization's connections and aliases. */
  readonly shared: ModelDirectory;
  /** What a project's calls are routed by. */
  readonly of: (organization: Organization, project: Project) => ModelDirectory;
};

export type DirectoriesInput = {
  readonly state: ConfigurationState;
  readonly live: readonly LiveConnection[];
  readonly catalogue: Catalogue;
  readonly identity: ModelIdentity;
};

/**
 * The models of every organization. The default one's are made at once and shared; those of others that have something of
 * their own are made when the first of their calls comes, and kept with the snapshot: however many there are, a change of
 * configuration costs what changed for everybody.
 */
export function compileDirectories({ state, live, catalogue, identity }: DirectoriesInput): Directories {
  const modelsOf = Map.groupBy(state.models, (model) => model.connectionId);
  const deploymentsOf = (connections: readonly LiveConnection[]): readonly Deployment[] =>
    connections.flatMap((connection) => compileDeployments(connection, modelsOf, { catalogue, identity }));
  const aliasesOf = Map.groupBy(state.aliases, (alias) => alias.organizationId);
  const connectionsOf = Map.groupBy(live, ({ row }) => row.organizationId);
  const sharedAliases = aliasesOf.get(DEFAULT_TENANT.organizationId) ?? [];
  const shared = buildDirectory(
    deploymentsOf((connectionsOf.get(DEFAULT_TENANT.organizationId) ?? []).filter(isWholeOrganizations)),
    sharedAliases,
    { canonicalName: identity.canonicalName, providerId: (name) => catalogue.find(name)?.id },
  );
  const made = new Map<string, ModelDirectory>();
  return {
    shared,
    of: (organization, project) => {
      const { id } = organization;
      const isDefault = id === DEFAULT_TENANT.organizationId;
      const present = connectionsOf.get(id) ?? [];
      const candidates = isDefault ? present.filter((one) => !isWholeOrganizations(one)) : present;
      const aliases = isDefault ? [] : (aliasesOf.get(id) ?? []);
      const isOnly = organization.ownCredentialsUse === 'only' && !isDefault;
      if (candidates.length === 0 && aliases.length === 0 && !isOnly) return shared;
      const key = candidates.every(isWholeOrganizations) ? id : `${id} ${project.id}`;
      const known = made.get(key);
      if (known !== undefined) return known;
      const own = { deployments: deploymentsOf(candidates.filter(({ row }) => isFor(row, project))), aliases };
      const directory = isOnly ? standAlone(own, sharedAliases, shared) : layDirectory(own, shared);
      made.set(key, directory);
      return directory;
    },
  };
}

/** Without the operator's connections, though its names still hold. */
function standAlone(
  own: { readonly deployments: readonly Deployment[]; readonly aliases: readonly AliasRow[] },
  sharedAliases: readonly AliasRow[],
  shared: ModelDirectory,
): ModelDirectory {
  return layDirectory(own, buildDirectory([], sharedAliases, shared.rules));
}

function isWholeOrganizations({ row }: LiveConnection): boolean {
  return row.scope === 'organization';
}

function isFor(row: ConnectionRow, project: Project): boolean {
  switch (row.scope) {
    case 'organization':
      return true;
    case 'team':
      return row.teamId !== undefined && row.teamId === project.teamId;
    case 'project':
      return row.projectId === project.id;
  }
}

function compileDeployments(
  { row, target, basePath }: LiveConnection,
  modelsOf: ReadonlyMap<string, readonly ModelRow[]>,
  { catalogue, identity }: Pick<DirectoriesInput, 'catalogue' | 'identity'>,
): readonly Deployment[] {
  const entry = catalogue.find(row.providerId);
  if (entry === undefined) return [];
  const endpointsOf = compileEndpoints(entry, basePath);
  return (modelsOf.get(row.id) ?? []).filter(isServed).map(({ upstreamModel, facts }) => ({
    id: `${target.name}/${upstreamModel}`,
    connection: target,
    upstreamModel,
    canonicalModel: identity.canonicalModel(target.providerId, upstreamModel),
    isVendor: identity.isOwnVendor(target.providerId, upstreamModel),
    endpoints: endpointsOf(upstreamModel),
    facts,
  }));
}

/** A withdrawn model stays callable: providers drop names from their lists before they stop to serve them. */
function isServed(model: ModelRow): boolean {
  return model.state === 'enabled';
}
