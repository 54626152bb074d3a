import type { ControlServices } from '../controlplane/services.ts';
import { GatewayError } from '../kernel/errors.ts';
import { likelyCost } from '../metering/likely-cost.ts';
import type { Deployment } from '../protocol/deployment.ts';
import type { Tenant } from '../protocol/tenant.ts';
import { deploymentPlace } from '../routing/health.ts';
import { type ModelAccess, routeModel } from '../routing/resolve.ts';
import { namedConversation, type RequestFacts } from '../routing/route.ts';
import { createRouteService } from '../routing/route-service.ts';
import type { Router } from '../routing/router.ts';
import type { HubSnapshot } from './compile-snapshot.ts';
import { type Core, changed, requireFound } from './core.ts';

type Asked = Parameters<ControlServices['routes']['explain']>[1];

/** Routes, what would happen by them now, and how this process sees the deployments. */
export function routeServices(core: Core, router: Router): ControlServices['routes'] {
  const { store, newId, clock, snapshot } = core;
  const service = createRouteService({ store: store.routes, newId, now: clock.now });
  return {
    ...service,
    create: (...change) => changed(core, service.create(...change)),
    update: (...change) => changed(core, service.update(...change)),
    remove: (...change) => changed(core, service.remove(...change)),
    explain: async (tenant, asked) => {
      const { access, keyTenant } = accessAs(snapshot.current, tenant, asked.keyId);
      const facts = factsOf(snapshot.current, { asked, tenant: keyTenant, router, at: clock.now() });
      const routed = routeModel(access, { model: asked.model, operation: asked.operation }, facts);
      // Whom the operator buys from, and for how much, is nobody's business but the operator's.
      const own = router.explain(routed, facts).filter(({ deployment }) => isOf(deployment.connection, tenant));
      const turns = own.map((turn) => {
        const { inFlight, firstByteMs } = router.health.of(turn.deployment).report();
        return { turn, inFlight, firstByteMs, costNano: facts.costAt(turn.deployment) };
      });
      return { routed, turns, retriesLeft: router.budgetOf(routed).leftAt(clock.monotonic()) };
    },
    health: async (tenant) => {
      const { connections } = snapshot.current;
      const own = new Map(connections.filter((each) => isOf(each, tenant)).map((each) => [each.id, each]));
      return router.health.report().flatMap((report) => {
        const { connectionId, upstreamModel } = deploymentPlace(report.key);
        const connection = own.get(connectionId);
        if (connection === undefined) return [];
        const deployment = { id: `${connection.name}/${upstreamModel}`, upstreamModel, connection };
        return [{ ...report, deployment, standing: router.standingOf(deployment) }];
      });
    },
  };
}

function isOf(row: { readonly organizationId: string }, tenant: Tenant): boolean {
  return row.organizationId === tenant.organizationId;
}

type CallerAs = { readonly access: ModelAccess; readonly keyTenant: Asker };
type Asker = Pick<RequestFacts, 'organizationId' | 'projectId' | 'teamId' | 'keyId'>;

/** @throws GatewayError `resource.not_found` for a key that is not the organization's */
function accessAs(snapshot: HubSnapshot, tenant: Tenant, keyId: string | undefined): CallerAs {
  if (keyId === undefined) {
    const access = requireFound(snapshot.modelsOf(tenant));
    return { access, keyTenant: { ...tenant, teamId: undefined, keyId: '' } };
  }
  for (const key of snapshot.keysByHash.values()) {
    if (key.id !== keyId || !isOf(key, tenant)) continue;
    const { models, teamId } = snapshot.accessOf(key);
    const { organizationId, projectId } = key;
    return { access: models, keyTenant: { organizationId, projectId, teamId, keyId } };
  }
  throw new GatewayError('resource.not_found', { param: 'key_id' });
}

type FactsInput = {
  readonly asked: Asked;
  readonly tenant: Asker;
  readonly router: Router;
  readonly at: number;
};

function factsOf(snapshot: HubSnapshot, { asked, tenant, router, at }: FactsInput): RequestFacts {
  const { conversation, inputTokens } = asked;
  const { organizationId } = tenant;
  const told = conversation === undefined ? undefined : namedConversation(organizationId, conversation);
  return {
    ...tenant,
    endUser: asked.endUser,
    tag: (name) => asked.tags[name],
    header: (name) => asked.headers[name],
    inputTokens: () => inputTokens,
    hasTools: () => asked.hasTools,
    hasImages: () => asked.hasImages,
    conversation: () => told,
    costAt: (deployment: Deployment) => {
      const { connection, upstreamModel } = deployment;
      const { providerId, isLocal } = connection;
      const card = snapshot.resolveCard({ providerId, upstreamModel, isLocal, at });
      const keptTokens = told === undefined ? 0 : router.promptTokensAt(told, deployment);
      return card && likelyCost(card, { inputTokens, keptTokens, at });
    },
  };
}
