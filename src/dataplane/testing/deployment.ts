import type { ConnectionTarget, Deployment } from '../../protocol/deployment.ts';
import { NO_FACTS } from '../../providers/model-list.ts';

/** A connection to an OpenAI-format provider at an origin, without credentials. */
export function connectionAt(origin: string, fields: Partial<ConnectionTarget> = {}): ConnectionTarget {
  const endpoint = (path: string) => ({ dialect: 'openai-chat', path, quirks: { noStreamOptions: false } });
  return {
    id: 'conn_1',
    name: 'first',
    organizationId: 'org_1',
    providerId: 'openai',
    providerName: 'OpenAI',
    origin,
    auth: { scheme: 'none' },
    headers: {},
    endpoints: new Map([
      ['chat', endpoint('/v1/chat/completions')],
      ['completions', endpoint('/v1/completions')],
      ['embeddings', endpoint('/v1/embeddings')],
    ]),
    credentials: [],
    position: 0,
    isLocal: false,
    simulated: false,
    ...fields,
  };
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
    facts: NO_FACTS,
  };
}
