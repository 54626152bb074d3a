import type { Target } from '../../dialects/contract.ts';
import type { MediaCall, MediaDialect, VideosFace } from '../../dialects/media-contract.ts';
import { MEDIA_DIALECTS } from '../../dialects/media-index.ts';
import { GatewayError } from '../../kernel/errors.ts';
import type { NewWireId } from '../../kernel/ids.ts';
import type { Deployment, Endpoint } from '../../protocol/deployment.ts';
import type { Loss } from '../../protocol/records.ts';
import type { PreparedCall } from '../call-in-turn.ts';

/** How films are asked of one deployment. */
export type VideoWay = {
  readonly deployment: Deployment;
  readonly endpoint: Endpoint;
  readonly dialect: MediaDialect;
  readonly face: VideosFace;
  readonly target: Target;
};

/** The first of a deployment's ways that the hub speaks; the error where there is none. */
export function videoWay(deployment: Deployment, newId: NewWireId): VideoWay | GatewayError {
  const endpoints = deployment.endpoints.get('videos') ?? [];
  for (const endpoint of endpoints) {
    const dialect = MEDIA_DIALECTS.get(endpoint.dialect);
    if (dialect?.videos === undefined) continue;
    const { upstreamModel, facts } = deployment;
    const target = { upstreamModel, path: endpoint.path, quirks: endpoint.quirks, facts, newId };
    return { deployment, endpoint, dialect, face: dialect.videos, target };
  }
  return new GatewayError('provider.dialect_unsupported', {
    message: `${deployment.connection.providerName} makes films in no wire format that the hub speaks.`,
    details: { provider: deployment.connection.providerId, dialect: endpoints[0]?.dialect },
  });
}

/** A call of the dialect's, ready but for its credential. */
export function preparedVideoCall(
  way: VideoWay,
  call: MediaCall,
  losses: readonly Loss[] = [],
): PreparedCall<VideoWay> {
  return {
    way,
    method: call.method,
    path: call.path,
    headers: { accept: 'application/json', ...call.headers },
    body: call.body,
    losses,
    auth: way.endpoint.auth,
    decodeFault: way.dialect.decodeFault,
  };
}
