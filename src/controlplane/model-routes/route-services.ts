import type { Deployment } from '../../protocol/deployment.ts';
import type { Operation } from '../../protocol/operation.ts';
import type { Tenant } from '../../protocol/tenant.ts';
import type { HealthReport } from '../../routing/health.ts';
import type { RouteService } from '../../routing/route-service.ts';
import type { Routed, Standing, Turn } from '../../routing/turns.ts';

/** What a request would be like. */
export type ExplainedRequest = {
  readonly model: string;
  readonly operation: Operation;
  readonly keyId: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly endUser: string | undefined;
  readonly conversation: string | undefined;
  readonly inputTokens: number;
  readonly hasTools: boolean;
  readonly hasImages: boolean;
};

export type RouteServices = RouteService & {
  /** What would happen to a request now. @throws GatewayError where no model of that name may be called */
  readonly explain: (
    tenant: Tenant,
    request: ExplainedRequest,
  ) => Promise<{
    readonly routed: Routed;
    readonly turns: readonly (Pick<HealthReport, 'inFlight' | 'firstByteMs'> & {
      readonly turn: Turn;
      readonly costNano: bigint | undefined;
    })[];
    readonly retriesLeft: number;
  }>;
  /** The deployments of the tenant's connections that were called lately, as this process sees them. */
  readonly health: (tenant: Tenant) => Promise<readonly DeploymentReport[]>;
};

export type DeploymentReport = Omit<HealthReport, 'key'> & {
  readonly deployment: Pick<Deployment, 'id' | 'upstreamModel' | 'connection'>;
  readonly standing: Standing;
};
