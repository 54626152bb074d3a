import { useAsk } from '../../api/hooks.ts';
import type { Connection, Model } from '../../api/types.ts';

export type Connections = {
  readonly all: readonly Connection[];
  /** `connection/model`, as callers write it. */
  readonly callName: (model: Model) => string;
  readonly providerOf: (model: Model) => string | undefined;
};

/** The connections that the models belong to. */
export function useConnections(): Connections {
  const asked = useAsk('listConnections', { query: { limit: 500 } });
  const all = asked.data?.data ?? [];
  const byId = new Map(all.map((connection) => [connection.id, connection]));
  return {
    all,
    callName: ({ connection_id, upstream_model }) => {
      const name = byId.get(connection_id)?.name;
      return name === undefined ? upstream_model : `${name}/${upstream_model}`;
    },
    providerOf: ({ connection_id }) => byId.get(connection_id)?.provider_id,
  };
}
