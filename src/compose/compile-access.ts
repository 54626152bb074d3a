import type { KeyStanding, KeySurroundings } from '../identity/authenticate.ts';
import { addRules, type CompiledRules, denialUnder, NO_RULES, type RuleInForce } from '../policy/access-rules.ts';
import { type AllowsAddress, compileAddressList } from '../policy/address-list.ts';
import type { DenialOf } from '../protocol/access.ts';
import type { ConfigurationState, VirtualKeyRow } from '../protocol/configuration.ts';
import type { ContentRule } from '../protocol/contents.ts';
import type { AccessRule, Organization, Project, RuleScope } from '../protocol/people.ts';
import type { Tenant } from '../protocol/tenant.ts';
import { contentRuleOf } from '../records/contents.ts';
import type { ModelAccess } from '../routing/resolve.ts';
import type { Directories } from './compile-directories.ts';

/** What a key may do beyond what its own row says. */
export type KeyAccess = KeySurroundings & {
  readonly models: ModelAccess;
  /** `undefined` where it may be used from anywhere. */
  readonly allowsAddress: AllowsAddress | undefined;
  readonly allowedOrigins: readonly string[] | undefined;
  /** `undefined` where what is said in its requests is not stored. */
  readonly contentRule: ContentRule | undefined;
};

/** Any page may use the key. */
export const ANY_ORIGIN = '*';

export type CompiledAccess = {
  /** Worked out when a key is first used, once in a snapshot. */
  readonly of: (key: VirtualKeyRow) => KeyAccess;
  /** What a project may call, whichever key of it; `undefined` where it is not there or is archived. */
  readonly ofProject: (project: Tenant) => ModelAccess | undefined;
  readonly allowsOrigin: (origin: string, nowMs: number) => boolean;
};

type RulesOfProject = { readonly rules: CompiledRules; readonly denialOf: DenialOf | undefined };
type Owners = { readonly organization: Organization | undefined; readonly project: Project | undefined };

/** Store rows → what each key may do. Keys of one project share what its rules come to. */
export function compileAccess(
  state: ConfigurationState,
  directories: Directories,
  contentDaysMax: number,
): CompiledAccess {
  const organizations = new Map(state.organizations.map((row) => [row.id, row]));
  const projects = new Map(state.projects.map((row) => [row.id, row]));
  const contents = new Map(state.contentPolicies.map((row) => [row.organizationId, row]));
  const rules = new Map(state.accessRules.map((row) => [ruleKey(row), row]));
  const ofProject = new Map<string, RulesOfProject>();
  const ofKey = new Map<string, KeyAccess>();

  const ownersOf = ({ organizationId, projectId }: Tenant): Owners => {
    const project = projects.get(projectId);
    return {
      organization: organizations.get(organizationId),
      project: project?.organizationId === organizationId ? project : undefined,
    };
  };
  const ruleOn = (
    organization: Organization,
    scope: RuleScope,
    on: { readonly id: string; readonly name?: string },
  ) => {
    const lists = rules.get(ruleKey({ organizationId: organization.id, scope, scopeId: on.id }));
    return lists === undefined ? [] : [{ scope, scopeId: on.id, name: on.name, lists } satisfies RuleInForce];
  };
  const rulesOf = (organization: Organization, project: Project): RulesOfProject => {
    const known = ofProject.get(project.id);
    if (known !== undefined) return known;
    const compiled = addRules(NO_RULES, [
      ...ruleOn(organization, 'operator', organization),
      ...ruleOn(organization, 'organization', organization),
      ...(project.teamId === undefined ? [] : ruleOn(organization, 'team', { id: project.teamId })),
      ...ruleOn(organization, 'project', project),
    ]);
    const made = { rules: compiled, denialOf: denialUnder(compiled) };
    ofProject.set(project.id, made);
    return made;
  };
  const denialOfKey = (key: VirtualKeyRow, organization: Organization, project: Project): DenialOf | undefined => {
    const wider = rulesOf(organization, project);
    const { allowedModels } = key;
    const own = ruleOn(organization, 'key', key);
    const list = { scope: 'key', scopeId: key.id, name: key.name, lists: { allowedModels } } as const;
    const narrowed = addRules(wider.rules, [...own, ...(allowedModels === undefined ? [] : [list])]);
    return narrowed === wider.rules ? wider.denialOf : denialUnder(narrowed);
  };
  const compileKey = (key: VirtualKeyRow): KeyAccess => {
    const { organization, project } = ownersOf(key);
    const standing = standingOf(key, { organization, project }, state.inactiveOwners);
    const models: ModelAccess =
      organization === undefined || project === undefined
        ? { directory: directories.shared, denialOf: undefined }
        : { ...directories.of(organization, project), denialOf: denialOfKey(key, organization, project) };
    return {
      standing,
      teamId: project?.teamId,
      models,
      allowsAddress: key.allowedAddresses === undefined ? undefined : compileAddressList(key.allowedAddresses),
      allowedOrigins: key.allowedOrigins,
      contentRule: contentRuleOf(contents.get(key.organizationId), key.projectId, contentDaysMax),
    };
  };
  const counts = (key: VirtualKeyRow): boolean =>
    key.enabled && key.revokedAt === undefined && standingOf(key, ownersOf(key), state.inactiveOwners) === 'active';
  return {
    of: (key) => {
      const known = ofKey.get(key.id);
      if (known !== undefined) return known;
      const made = compileKey(key);
      ofKey.set(key.id, made);
      return made;
    },
    ofProject: (tenant) => {
      const { organization, project } = ownersOf(tenant);
      if (organization?.state !== 'active' || project === undefined || project.archivedAt !== undefined)
        return undefined;
      return { ...directories.of(organization, project), denialOf: rulesOf(organization, project).denialOf };
    },
    allowsOrigin: compileOrigins(state.keys, counts),
  };
}

function ruleKey({ organizationId, scope, scopeId }: Pick<AccessRule, 'organizationId' | 'scope' | 'scopeId'>): string {
  return `${organizationId} ${scope} ${scopeId}`;
}

/** What is not there stands for nothing: a key without its organization or project does not count. */
function standingOf(
  { memberId, serviceAccountId }: VirtualKeyRow,
  { organization, project }: Owners,
  inactiveOwners: ReadonlySet<string>,
): KeyStanding {
  if (organization?.state !== 'active') return 'organization_inactive';
  if (project === undefined || project.archivedAt !== undefined) return 'project_archived';
  const isInactive = (id: string | undefined): boolean => id !== undefined && inactiveOwners.has(id);
  return isInactive(memberId) || isInactive(serviceAccountId) ? 'owner_inactive' : 'active';
}

/** Web origins that keys which count allow, each with the time until which one of them does. */
function compileOrigins(
  keys: readonly VirtualKeyRow[],
  counts: (key: VirtualKeyRow) => boolean,
): CompiledAccess['allowsOrigin'] {
  const until = new Map<string, number>();
  for (const key of keys) {
    if (key.allowedOrigins === undefined || !counts(key)) continue;
    const expiresAt = key.expiresAt ?? Number.POSITIVE_INFINITY;
    for (const origin of key.allowedOrigins) until.set(origin, Math.max(expiresAt, until.get(origin) ?? 0));
  }
  return (origin, nowMs) => Math.max(until.get(origin) ?? 0, until.get(ANY_ORIGIN) ?? 0) > nowMs;
}
