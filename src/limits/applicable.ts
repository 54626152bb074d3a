import type { Limit, LimitSubjectKind } from '../protocol/limits.ts';
import type { Principal } from '../protocol/principal.ts';
import type { Span } from './ports.ts';
import { createWindows } from './windows.ts';

/** Whether any of a model's names fits. */
export type MatchesNames = (names: readonly string[]) => boolean;
export type CompilePatterns = (patterns: readonly string[]) => MatchesNames;

/** A limit as calls meet it. */
export type CompiledLimit = {
  readonly limit: Limit;
  readonly matches: MatchesNames | undefined;
  readonly spanAt: (at: number) => Span;
  /** The amount as headers show it. */
  readonly shownAmount: string;
};

/** A limit that a call meets, and whose count it is. */
export type AppliedLimit = { readonly compiled: CompiledLimit; readonly subject: string };

/** The limits that a call meets. */
export type AppliedLimits = {
  readonly all: readonly AppliedLimit[];
  /** Counted as soon as it is known who calls which model. */
  readonly atOnce: readonly AppliedLimit[];
  /** Counted once the most is known that the call can use. */
  readonly later: readonly AppliedLimit[];
  readonly hasBudget: boolean;
};

export const NO_LIMITS: AppliedLimits = { all: [], atOnce: [], later: [], hasBudget: false };

/** What limits ask of a call, but for who calls. */
export type CallFacts = {
  /** Every name of the model, and the one by which calls of each model are counted. */
  readonly names: readonly string[];
  readonly model: string;
  readonly endUser: string | undefined;
  readonly tags: Readonly<Record<string, string>> | undefined;
};

/** The limits of one organization, by whom they are about. */
export type OrganizationLimits = {
  readonly limits: readonly CompiledLimit[];
  /** What a call meets. */
  readonly appliedTo: (principal: Principal, facts: () => CallFacts) => AppliedLimits;
};

/** Store rows → what calls meet, worked out once for a key. Organizations without limits are missing. */
export function compileLimits(
  limits: readonly Limit[],
  compilePatterns: CompilePatterns,
): ReadonlyMap<string, OrganizationLimits> {
  const byOrganization = Map.groupBy(limits, ({ organizationId }) => organizationId);
  return new Map([...byOrganization].map(([id, own]) => [id, compileOwn(own, compilePatterns)]));
}

/** What a principal is, of each kind that stays the same for a key. */
const OF_PRINCIPAL: Partial<Record<LimitSubjectKind, (principal: Principal) => string | undefined>> = {
  organization: ({ organizationId }) => organizationId,
  project: ({ projectId }) => projectId,
  team: ({ teamId }) => teamId,
  member: ({ memberId }) => memberId,
  service_account: ({ serviceAccountId }) => serviceAccountId,
  key: ({ keyId }) => keyId,
};

function compileOwn(own: readonly Limit[], compilePatterns: CompilePatterns): OrganizationLimits {
  const limits = own.map((limit) => compileLimit(limit, compilePatterns));
  const ofCallers = limits.filter(({ limit }) => OF_PRINCIPAL[limit.subject.kind] !== undefined);
  const ofCalls = limits.filter(({ limit }) => OF_PRINCIPAL[limit.subject.kind] === undefined);
  const needsFacts = ofCalls.length > 0 || limits.some(({ matches }) => matches !== undefined);
  const byKey = new Map<string, AppliedLimits>();
  const ofCaller = (principal: Principal): AppliedLimits => {
    const known = byKey.get(principal.keyId);
    if (known !== undefined) return known;
    const found = apart(ofCallers.flatMap((compiled) => ofPrincipal(compiled, principal)));
    byKey.set(principal.keyId, found);
    return found;
  };
  return {
    limits,
    appliedTo: (principal, factsOf) => {
      const always = ofCaller(principal);
      if (!needsFacts) return always;
      const facts = factsOf();
      const all = [...always.all, ...ofCalls.flatMap((compiled) => ofCall(compiled, facts))];
      return apart(all.filter(({ compiled: { matches } }) => matches === undefined || matches(facts.names)));
    },
  };
}

/** By when they are counted. */
function apart(all: readonly AppliedLimit[]): AppliedLimits {
  if (all.length === 0) return NO_LIMITS;
  const isAtOnce = ({ compiled: { limit } }: AppliedLimit): boolean =>
    limit.measure === 'requests' || limit.measure === 'concurrent';
  return {
    all,
    atOnce: all.filter(isAtOnce),
    later: all.filter((each) => !isAtOnce(each)),
    hasBudget: all.some(({ compiled: { limit } }) => limit.measure === 'money'),
  };
}

function compileLimit(limit: Limit, compilePatterns: CompilePatterns): CompiledLimit {
  const { subject, models, window } = limit;
  // A limit of one model is one whose calls alone count.
  const named = subject.kind === 'model' && subject.id !== undefined ? compilePatterns([subject.id]) : undefined;
  const patterns = models === undefined ? undefined : compilePatterns(models);
  const matches =
    named && patterns ? (names: readonly string[]) => named(names) && patterns(names) : (named ?? patterns);
  return { limit, matches, spanAt: createWindows(window), shownAmount: String(limit.amount) };
}

function ofPrincipal(compiled: CompiledLimit, principal: Principal): readonly AppliedLimit[] {
  const { kind, id } = compiled.limit.subject;
  const own = OF_PRINCIPAL[kind]?.(principal);
  if (own === undefined) return [];
  if (id === undefined) return [{ compiled, subject: kind === 'organization' ? '' : own }];
  return id === own ? [{ compiled, subject: '' }] : [];
}

function ofCall(compiled: CompiledLimit, facts: CallFacts): readonly AppliedLimit[] {
  const { kind, id } = compiled.limit.subject;
  if (kind === 'model') return [{ compiled, subject: id === undefined ? facts.model : '' }];
  if (kind === 'end_user') {
    const { endUser } = facts;
    if (endUser === undefined || (id !== undefined && id !== endUser)) return [];
    return [{ compiled, subject: id === undefined ? endUser : '' }];
  }
  const subject = subjectOfTag(id ?? '', facts.tags);
  return subject === undefined ? [] : [{ compiled, subject }];
}

/** Whose count a call with these tags is in, by a limit of `name=value` or of each value of `name`. */
export function subjectOfTag(id: string, tags: CallFacts['tags']): string | undefined {
  const [name, value] = splitTag(id);
  const own = tags?.[name];
  if (own === undefined) return undefined;
  if (value === undefined) return own;
  return value === own ? '' : undefined;
}

function splitTag(id: string): readonly [string, string | undefined] {
  const equals = id.indexOf('=');
  return equals < 0 ? [id, undefined] : [id.slice(0, equals), id.slice(equals + 1)];
}
