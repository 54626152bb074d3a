import type { NewWireId } from '../kernel/ids.ts';
import type { JsonObject } from '../kernel/json.ts';
import type { ConfigurationState, ConnectionRow, CredentialRow, ModelRow } from '../protocol/configuration.ts';
import type { Notification } from '../protocol/notifications.ts';
import { modelsData, type NotificationKindName } from './catalogue.ts';
import { messageBody } from './message.ts';
import { OPEN_EPISODE, type Raising } from './ports.ts';

/** Changes of models that are older were there before anybody looked, as after an upgrade. */
const MODELS_SINCE_MS = 24 * 60 * 60_000;
/** What is held while a credential is failing begins so. */
export const FAILING = `${OPEN_EPISODE}credential.failing:`;

type Configuration = Pick<ConfigurationState, 'connections' | 'credentials' | 'models'>;
type Told = { readonly now: number; readonly held: readonly string[]; readonly newId: NewWireId };
type Tell = (
  kind: NotificationKindName,
  about: { readonly organizationId: string; readonly subject: string; readonly data: JsonObject },
) => Notification;

/**
 * What the configuration says that nobody was told of yet. It is found from what is there, not from what happens: a
 * change that a crash cut short is told all the same, and one that several instances saw is told once.
 */
export function findEpisodes(state: Configuration, { now, held, newId }: Told): readonly Raising[] {
  const tell: Tell = (kind, about) => ({ id: newId('ntf'), kind, raisedAt: now, ...about });
  const connections = new Map(state.connections.map((connection) => [connection.id, connection]));
  return [
    ...state.credentials.flatMap((row) => ofCredential(row, connections.get(row.connectionId), new Set(held), tell)),
    ...ofModels(state.models, { connections, since: now - MODELS_SINCE_MS, tell }),
  ];
}

function ofCredential(
  row: CredentialRow,
  connection: ConnectionRow | undefined,
  held: ReadonlySet<string>,
  tell: Tell,
): readonly Raising[] {
  const key = `${FAILING}${row.id}`;
  if (connection === undefined) return [];
  const data = {
    credential_id: row.id,
    credential_name: row.name,
    connection_id: connection.id,
    connection_name: connection.name,
  };
  const about = { organizationId: row.organizationId, subject: row.id };
  if (row.state === 'set_aside' && !held.has(key)) {
    const reason = row.stateReason === undefined ? {} : { reason: row.stateReason };
    const failing = tell('credential.failing', { ...about, data: { ...data, ...reason } });
    return [{ notification: failing, holds: key, body: messageBody(failing) }];
  }
  if (row.state === 'active' && held.has(key)) {
    const working = tell('credential.working', { ...about, data });
    return [{ notification: working, releases: [key], body: messageBody(working) }];
  }
  return [];
}

/** Models that one look at a provider's list brought or missed are one notification. The first look is none. */
function ofModels(
  rows: readonly ModelRow[],
  input: { readonly connections: ReadonlyMap<string, ConnectionRow>; readonly since: number; readonly tell: Tell },
): readonly Raising[] {
  const listed = rows.filter(({ origin }) => origin !== 'manual');
  const first = new Map<string, number>();
  for (const { connectionId, firstSeenAt } of listed) {
    first.set(connectionId, Math.min(firstSeenAt, first.get(connectionId) ?? firstSeenAt));
  }
  const groups = new Map<string, { kind: 'models.new' | 'models.withdrawn'; at: number; rows: ModelRow[] }>();
  const put = (kind: 'models.new' | 'models.withdrawn', at: number | undefined, row: ModelRow): void => {
    if (at === undefined || at < input.since) return;
    const key = `${kind}:${row.connectionId}:${at}`;
    const group = groups.get(key) ?? { kind, at, rows: [] };
    groups.set(key, group);
    group.rows.push(row);
  };
  for (const row of listed) {
    if (row.firstSeenAt !== first.get(row.connectionId)) put('models.new', row.firstSeenAt, row);
    put('models.withdrawn', row.withdrawnAt, row);
  }
  return [...groups].flatMap(([holds, { kind, rows: group }]): readonly Raising[] => {
    const connection = input.connections.get(group[0]?.connectionId ?? '');
    if (connection === undefined) return [];
    const data = modelsData(connection, group.map(({ upstreamModel }) => upstreamModel).toSorted());
    const about = { organizationId: connection.organizationId, subject: connection.id, data };
    const notification = input.tell(kind, about);
    return [{ notification, holds, body: messageBody(notification) }];
  });
}
