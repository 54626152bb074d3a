import { tokenPrices } from '../metering/token-prices.ts';
import type { Deployment } from '../protocol/deployment.ts';
import type { Tenant } from '../protocol/tenant.ts';
import type { Offer } from '../records/savings.ts';
import { listModels } from '../routing/resolve.ts';
import type { HubSnapshot } from './compile-snapshot.ts';

/** Every model at every connection that a project may call, with what its tokens cost at a time. */
export function offersOf(snapshot: HubSnapshot, tenant: Tenant, atMs: number): readonly Offer[] {
  const access = snapshot.modelsOf(tenant);
  if (access === undefined) return [];
  const deployments = new Set(listModels(access).flatMap((model) => model.deployments));
  return [...deployments].map((deployment) => ({
    connectionId: deployment.connection.id,
    providerId: deployment.connection.providerId,
    upstreamModel: deployment.upstreamModel,
    canonicalModel: deployment.canonicalModel,
    prices: pricesOf(snapshot, deployment, atMs),
  }));
}

/** What a machine of the operator's own costs is on no card, and a simulated answer is none. */
function pricesOf({ resolveCard }: HubSnapshot, { connection, upstreamModel }: Deployment, at: number) {
  const { providerId, isLocal, simulated } = connection;
  const card = simulated ? undefined : resolveCard({ providerId, upstreamModel, isLocal, at });
  return card === undefined || card.card.source === 'local' ? undefined : tokenPrices(card);
}
