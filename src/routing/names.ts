import type { Deployment } from '../protocol/deployment.ts';
import type { ModelDirectory } from './directory.ts';

const ALIAS_HOPS_MAX = 4;

/** The name behind an alias, which may be an alias in turn; a ring of aliases ends at the bound. */
export function followAliases(directory: ModelDirectory, asked: string): { name: string; alias: string | undefined } {
  let name = asked;
  let alias: string | undefined;
  for (let hop = 0; hop < ALIAS_HOPS_MAX; hop += 1) {
    const target = directory.routes.has(name) ? undefined : directory.aliases.get(name);
    if (target === undefined) break;
    alias ??= name;
    name = target;
  }
  return { name, alias };
}

/** All that a name leads to that is no alias, by whatever rule. */
export function deploymentsBehind(directory: ModelDirectory, name: string): readonly Deployment[] {
  const route = directory.routes.get(name);
  if (route === undefined) return findDeployments(directory, name);
  const all = [route.tiers, ...route.rules.map(({ tiers }) => tiers)].flat(2);
  return [...new Set(all.map(({ deployment }) => deployment))];
}

/** The deployments that a name means that is neither an alias nor a route, whoever asks. */
export function findDeployments(directory: ModelDirectory, name: string): readonly Deployment[] {
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
