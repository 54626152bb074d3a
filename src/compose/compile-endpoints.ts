import { type Endpoint, type EndpointQuirks, NO_QUIRKS } from '../protocol/deployment.ts';
import type { Operation } from '../protocol/operation.ts';
import type { ProviderEntry, SpokenOperation } from '../providers/schema.ts';

/** How each operation can be asked of one of a connection's models. */
export type EndpointsOf = (upstreamModel: string) => ReadonlyMap<Operation, readonly Endpoint[]>;

type Spoken = {
  readonly operation: Operation;
  readonly endpoint: Endpoint;
  /** Whether it is for models that it names. */
  readonly isForSome: boolean;
  readonly serves: (model: string) => boolean;
  readonly isOnlyWayOf: (model: string) => boolean;
};

/**
 * A catalogue entry's ways of asking, for each of its models. A way that names models stands for them in the place of the
 * general one of its dialect. Most entries name no model, and all their models share one map; the others share one for
 * each choice of ways.
 */
export function compileEndpoints(entry: ProviderEntry, basePath: string): EndpointsOf {
  const spoken = entry.speaks.map((way) => compileWay(way, basePath));
  const maps = new Map<string, ReadonlyMap<Operation, readonly Endpoint[]>>();
  return (model) => {
    const serving = spoken.filter((way) => way.serves(model));
    const usable = serving.filter((way) => way.isForSome || !serving.some((other) => isSpecialOf(other, way)));
    const bound = new Set(usable.filter((way) => way.isOnlyWayOf(model)).map(({ operation }) => operation));
    const chosen = usable.filter((way) => !bound.has(way.operation) || way.isOnlyWayOf(model));
    const key = chosen.map((way) => spoken.indexOf(way)).join();
    const known = maps.get(key);
    if (known !== undefined) return known;
    const map = new Map<Operation, Endpoint[]>();
    for (const { operation, endpoint } of chosen) map.set(operation, [...(map.get(operation) ?? []), endpoint]);
    maps.set(key, map);
    return map;
  };
}

function compileWay(way: SpokenOperation, basePath: string): Spoken {
  const only = (way.only ?? []).map(compilePattern);
  const models = way.models?.map(compilePattern);
  return {
    operation: way.operation,
    endpoint: {
      dialect: way.dialect,
      path: way.relativeTo === 'origin' ? way.path : `${basePath}${way.path}`,
      ...(way.auth === undefined ? {} : { auth: way.auth }),
      quirks: compileQuirks(way.quirks),
    },
    isForSome: models !== undefined,
    serves: (model) => models === undefined || models.some((pattern) => pattern.test(model)),
    isOnlyWayOf: (model) => only.some((pattern) => pattern.test(model)),
  };
}

/** Whether one way is for models of its own, and the other is the general way of the same operation and dialect. */
function isSpecialOf(special: Spoken, general: Spoken): boolean {
  return (
    special.isForSome &&
    special.operation === general.operation &&
    special.endpoint.dialect === general.endpoint.dialect
  );
}

function compileQuirks(quirks: SpokenOperation['quirks']): EndpointQuirks {
  if (quirks === undefined) return NO_QUIRKS;
  return {
    noStreamOptions: quirks.noStreamOptions === true,
    maxTokensField: quirks.maxTokensField,
    refuses: quirks.refuses ?? [],
    noDeveloperRole: quirks.noDeveloperRole === true,
    jsonObjectOnly: quirks.jsonObjectOnly === true,
    reasoningField: quirks.reasoningField,
    thinkingField: quirks.thinkingField === true,
    thinkingEfforts: quirks.thinkingEfforts ?? [],
    cacheControl: quirks.cacheControl === true,
    noImageUrls: quirks.noImageUrls === true,
  };
}

/** `*` stands for any run of characters; everything else for itself. */
function compilePattern(pattern: string): RegExp {
  const escaped = pattern.split('*').map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${escaped.join('.*')}$`, 'i');
}
