import type { AliasRow, ConfigurationState, ConnectionRow, ModelRow } from '../protocol/configuration.ts';
import type { ConnectionTarget, Deployment } from '../protocol/deployment.ts';
import { type PublishedOffers, publishedOf } from '../protocol/model-offer.ts';
import type { Organization, Project } from '../protocol/people.ts';
import type { RouteRow } from '../protocol/route.ts';
import type { Catalogue } from '../providers/catalogue.ts';
import type { ModelIdentity } from '../providers/model-identity.ts';
import type { Vendor } from '../providers/vendors.ts';
import {
  buildDirectory,
  type DirectoryParts,
  layDirectory,
  type ModelDirectory,
  type ModelMakers,
} from '../routing/directory.ts';
import { behindAlias } from '../routing/resolve.ts';
import { DEFAULT_TENANT } from '../storage/default-tenant.ts';
import { compileEndpoints } from './compile-endpoints.ts';

const OPERATOR = DEFAULT_TENANT.organizationId;
/** Who stands for the maker of a model that nobody knows. */
const HUB_PROVIDER = 'aigne-hub';
const HUB_TITLE = 'AIGNE Hub';

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
  /** Of that, what whoever pays with credit is offered; all of it where nobody does. */
  readonly offered: ModelDirectory;
  /** What customers are offered, by name; `undefined` where nobody pays with credit. */
  readonly offers: PublishedOffers | undefined;
  /** What a project may call. */
  readonly of: (organization: Organization, project: Project) => ProjectDirectory;
};

/** What a project's calls are routed by, and how that is shown. */
type ProjectDirectory = {
  readonly directory: ModelDirectory;
  readonly offers: PublishedOffers | undefined;
  /** Where what was made before still is, whatever is offered by now. */
  readonly places: ModelDirectory;
};

export type DirectoriesInput = {
  readonly state: ConfigurationState;
  readonly live: readonly LiveConnection[];
  readonly catalogue: Catalogue;
  readonly identity: ModelIdentity;
  readonly vendors: readonly Vendor[];
  /** Whether calls are paid for with credit, by every organization but the operator’s. */
  readonly isCharging: boolean;
};

/**
 * The models of every organization. The default one's are made at once and shared; those of others that have something of
 * their own are made when the first of their calls comes, and kept with the snapshot: however many there are, a change of
 * configuration costs what changed for everybody.
 */
export function compileDirectories(input: DirectoriesInput): Directories {
  const { state, live, catalogue, identity, isCharging } = input;
  const modelsOf = Map.groupBy(state.models, (model) => model.connectionId);
  const deploymentsOf = (connections: readonly LiveConnection[]): readonly Deployment[] =>
    connections.flatMap((connection) => compileDeployments(connection, modelsOf, { catalogue, identity }));
  const aliasesOf = Map.groupBy(state.aliases, (alias) => alias.organizationId);
  const routesOf = Map.groupBy(state.routes, (route) => route.organizationId);
  const connectionsOf = Map.groupBy(live, ({ row }) => row.organizationId);
  const sharedDeployments = deploymentsOf((connectionsOf.get(OPERATOR) ?? []).filter(isWholeOrganizations));
  const parts: DirectoryParts = {
    deployments: sharedDeployments,
    aliases: aliasesOf.get(OPERATOR) ?? [],
    routes: routesOf.get(OPERATOR) ?? [],
  };
  const rules = { canonicalName: identity.canonicalName, providerId: (name: string) => catalogue.find(name)?.id };
  const whole: Beneath = { directory: buildDirectory(parts, rules), aliases: parts.aliases };
  const offers = isCharging ? publishedOf(state.modelOffers) : undefined;
  const offeredRules = { ...rules, makers: makersOf(input) };
  const offered = offers === undefined ? whole : offeredOf(whole, parts, { offers, rules: offeredRules });
  const ownOf = (organization: Organization, project: Project): Own | undefined => {
    const { id } = organization;
    const isOperator = id === OPERATOR;
    const present = connectionsOf.get(id) ?? [];
    const candidates = isOperator ? present.filter((one) => !isWholeOrganizations(one)) : present;
    const aliases = isOperator ? [] : (aliasesOf.get(id) ?? []);
    const routes = isOperator ? [] : (routesOf.get(id) ?? []);
    const isOnly = organization.ownCredentialsUse === 'only' && !isOperator;
    if (candidates.length === 0 && aliases.length === 0 && routes.length === 0 && !isOnly) return undefined;
    const key = candidates.every(isWholeOrganizations) ? id : `${id} ${project.id}`;
    return {
      key,
      isOnly,
      aliases,
      routes,
      deployments: () => deploymentsOf(candidates.filter(({ row }) => isFor(row, project))),
    };
  };
  const placesOf = layersOver(whole);
  const offeredTo = offers === undefined ? placesOf : layersOver(offered);
  return {
    shared: whole.directory,
    offered: offered.directory,
    offers,
    of: (organization, project) => {
      const own = ownOf(organization, project);
      const places = placesOf(own);
      if (organization.id === OPERATOR) return { directory: places, offers: undefined, places };
      return { directory: offeredTo(own), offers, places };
    },
  };
}

/** What lies beneath what organizations have of their own, and its aliases once more. */
type Beneath = { readonly directory: ModelDirectory; readonly aliases: readonly AliasRow[] };

/** What an organization has of its own, which some of its projects share. */
type Own = {
  readonly key: string;
  /** Whether it calls nothing else. */
  readonly isOnly: boolean;
  readonly aliases: readonly AliasRow[];
  readonly routes: readonly RouteRow[];
  readonly deployments: () => readonly Deployment[];
};

/**
 * Of all that there is, what is published. A published alias leads straight to what it stands for, since the aliases on its
 * way may be hidden, and is there only while that is. A published route leads wherever it does: that is what it is for.
 */
function offeredOf(
  { directory, aliases }: Beneath,
  all: DirectoryParts,
  { offers, rules }: { readonly offers: PublishedOffers; readonly rules: ModelDirectory['rules'] },
): Beneath {
  const deployments = all.deployments.filter(({ canonicalModel }) => offers.has(canonicalModel));
  const routes = all.routes.filter(({ name }) => offers.has(name));
  const leading = aliases
    .filter(({ name }) => offers.has(name))
    .map((alias) => ({ ...alias, target: behindAlias(directory, alias.name).name }))
    .filter(({ name, target }) => offers.has(target) || isServedBy(behindAlias(directory, name).deployments, offers));
  const parts = { deployments, aliases: leading, routes };
  return { directory: buildDirectory(parts, rules, directory), aliases: leading };
}

function isServedBy(deployments: readonly Deployment[], offers: PublishedOffers): boolean {
  return deployments.some(({ canonicalModel }) => offers.has(canonicalModel));
}

/** Customers call models by who makes them, and know no provider. */
function makersOf({ catalogue, identity, vendors }: DirectoriesInput): ModelMakers {
  const titles = new Map(vendors.map(({ id, name }) => [id, name]));
  return {
    of: (canonicalModel) => identity.vendorOf(canonicalModel) ?? HUB_PROVIDER,
    named: (name) => {
      const lower = name.toLowerCase();
      return identity.vendorNamed(lower) ?? identity.vendorNamed(catalogue.find(lower)?.id ?? '');
    },
    title: (id) => titles.get(id) ?? HUB_TITLE,
  };
}

/** What is an organization's own, over what lies beneath; made when it is first asked for. */
function layersOver(beneath: Beneath): (own: Own | undefined) => ModelDirectory {
  const made = new Map<string, ModelDirectory>();
  return (own) => {
    if (own === undefined) return beneath.directory;
    const known = made.get(own.key);
    if (known !== undefined) return known;
    const layer = { deployments: own.deployments(), aliases: own.aliases, routes: own.routes };
    const directory = layDirectory(layer, own.isOnly ? namesAlone(beneath) : beneath.directory);
    made.set(own.key, directory);
    return directory;
  };
}

/** Without the operator's connections, though its names still hold. */
function namesAlone({ directory, aliases }: Beneath): ModelDirectory {
  return buildDirectory({ deployments: [], aliases, routes: [] }, directory.rules);
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
