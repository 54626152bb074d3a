import { useAsk } from '../../api/hooks.ts';
import { mayManage, usePlace } from '../../app/session.tsx';

const MANY = { query: { limit: 500 } };

export type Names = {
  readonly project: (id: string) => string;
  readonly key: (id: string) => string;
  /** Whether the viewer may see the key itself. */
  readonly seesKey: (id: string) => boolean;
  /** The connection's name where the viewer may see it, else the provider. */
  readonly upstream: (of: Upstream) => string | undefined;
};

type Upstream = { readonly connection_id?: string | undefined; readonly provider_id?: string | undefined };

/** What the ids of records are called. */
export function useNames(): Names {
  const connections = useAsk('listConnections', MANY, { enabled: mayManage(usePlace()) });
  const projects = named(useAsk('listProjects', MANY).data?.data);
  const keys = named(useAsk('listKeys', MANY).data?.data);
  const connection = named(connections.data?.data);
  return {
    project: (id) => projects.get(id) ?? id,
    key: (id) => keys.get(id) ?? id,
    seesKey: (id) => keys.has(id),
    upstream: ({ connection_id, provider_id }) => connection.get(connection_id ?? '') ?? provider_id,
  };
}

function named(rows: readonly { readonly id: string; readonly name: string }[] | undefined) {
  return new Map(rows?.map(({ id, name }) => [id, name]));
}
