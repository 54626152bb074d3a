import { type ConnectionTarget, type Deployment, type Endpoint, NO_QUIRKS } from '../../protocol/deployment.ts';
import { NO_FACTS } from '../../providers/model-list.ts';

/** A connection to an OpenAI-format provider at an origin, without credentials. */
export function connectionAt(origin: string, fields: Partial<ConnectionTarget> = {}): ConnectionTarget {
  return {
    id: 'conn_1',
    name: 'first',
    organizationId: 'org_1',
    projectId: 'proj_1',
    reach: 'operator',
    region: undefined,
    providerId: 'openai',
    providerName: 'OpenAI',
    origin,
    auth: { scheme: 'none' },
    headers: {},
    credentials: [],
    position: 0,
    isLocal: false,
    simulated: false,
    ...fields,
  };
}

function endpoint(path: string): Endpoint {
  return { dialect: 'openai-chat', path, quirks: NO_QUIRKS };
}

/** One model there. */
export function deploymentAt(
  origin: string,
  upstreamModel: string,
  fields: Partial<ConnectionTarget> = {},
): Deployment {
  const connection = connectionAt(origin, fields);
  return {
    id: `${connection.name}/${upstreamModel}`,
    connection,
    upstreamModel,
    canonicalModel: upstreamModel,
    isVendor: false,
    endpoints: new Map([
      ['chat', [endpoint('/v1/chat/completions')]],
      ['completions', [endpoint('/v1/completions')]],
      ['embeddings', [endpoint('/v1/embeddings')]],
    ]),
    facts: NO_FACTS,
  };
}
