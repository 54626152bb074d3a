import type { ConnectionRow, CredentialRow } from '../protocol/configuration.ts';
import type { Change, ReconcileResult } from './changes.ts';
import type { ConnectionChange, CurrentRows, ResolveBaseUrl } from './ports.ts';
import type { DeclaredConnection, DeclaredCredential } from './schema.ts';

type Input = {
  readonly declared: readonly DeclaredConnection[];
  readonly current: Pick<CurrentRows, 'connections' | 'credentials' | 'models'>;
  readonly resolveBaseUrl: ResolveBaseUrl;
  readonly unchangedSecrets: ReadonlySet<string>;
};

/** Compares the connections with their credentials and hand-added models. Rows of source `file` and `env` are ours. */
export function reconcileConnections(input: Input): ReconcileResult {
  const { declared, current, resolveBaseUrl } = input;
  const isOurs = ({ source }: ConnectionRow) => source === 'file' || source === 'env';
  const ours = new Map(current.connections.filter(isOurs).map((row) => [row.name, row]));
  const taken = new Set(current.connections.filter((row) => !isOurs(row)).map(({ name }) => name));
  const changes: Change[] = [];
  const problems: string[] = [];
  for (const connection of declared) {
    const row = ours.get(connection.name);
    ours.delete(connection.name);
    if (taken.has(connection.name)) {
      problems.push(takenSentence(connection));
      continue;
    }
    const target = resolveBaseUrl(connection);
    if ('problem' in target) {
      problems.push(`The connection "${connection.name}" cannot be made: ${target.problem}`);
      continue;
    }
    const resolved = { connection: { ...connection, providerId: target.providerId }, baseUrl: target.baseUrl };
    changes.push(...(row === undefined ? [creation(resolved)] : difference(row, { ...resolved, input })));
  }
  for (const row of ours.values()) {
    changes.push({ kind: 'connection.remove', id: row.id, sentence: `Disconnect ${row.name}: ${whyGone(row)}.` });
  }
  return { changes, problems };
}

type Resolved = { readonly connection: DeclaredConnection; readonly baseUrl: string };

function creation({ connection, baseUrl }: Resolved): Change {
  const credentials =
    connection.credentials.length === 1 ? '1 credential' : `${connection.credentials.length} credentials`;
  const sentence = `Connect ${connection.name} (${connection.providerId} at ${baseUrl}) with ${credentials}.`;
  return { kind: 'connection.create', connection, baseUrl, sentence };
}

/** What a connection that exists needs. Another provider or another source makes it another connection. */
function difference(row: ConnectionRow, given: Resolved & { readonly input: Input }): readonly Change[] {
  const { connection, baseUrl } = given;
  if (row.providerId !== connection.providerId || row.source !== connection.source) {
    const sentence = `Disconnect ${row.name} (${row.providerId}), which is declared anew.`;
    return [{ kind: 'connection.remove', id: row.id, sentence }, creation(given)];
  }
  const credentials = credentialDifference(row, given);
  const moved = row.baseUrl !== baseUrl;
  const fields = fieldChanges(row, connection);
  const update: Change[] = [];
  if (moved || fields.words.length > 0) {
    const words = moved ? [`address to ${baseUrl}`, ...fields.words] : fields.words;
    const change = moved ? { ...fields.change, baseUrl, secrets: credentials.kept } : fields.change;
    const sentence = `Change the connection ${row.name}: ${words.join(', ')}.`;
    update.push({ kind: 'connection.update', id: row.id, change, sentence });
  }
  const models = connection.source === 'file' ? modelDifference(row, given) : [];
  // A new address takes every secret that stays with it, so what is gone goes first; otherwise last, so that the
  // connection is never without a credential.
  return moved
    ? [...credentials.removed, ...update, ...credentials.reweighed, ...credentials.added, ...models]
    : [
        ...update,
        ...credentials.added,
        ...credentials.replaced,
        ...credentials.reweighed,
        ...credentials.removed,
        ...models,
      ];
}

/** Fields of a connection that differ. What an operator chose for a connection from a variable stays. */
function fieldChanges(
  row: ConnectionRow,
  connection: DeclaredConnection,
): { readonly change: ConnectionChange; readonly words: readonly string[] } {
  if (connection.source === 'env') return { change: {}, words: [] };
  const words: string[] = [];
  if (row.enabled !== connection.enabled) words.push(connection.enabled ? 'switched on' : 'switched off');
  if (row.newModelPolicy !== connection.newModels) words.push(`new models ${connection.newModels}`);
  if (row.position !== connection.position) words.push(`position ${connection.position}`);
  const { enabled, newModels: newModelPolicy, position } = connection;
  return { change: { enabled, newModelPolicy, position }, words };
}

type CredentialDifference = {
  readonly added: readonly Change[];
  readonly replaced: readonly Change[];
  readonly reweighed: readonly Change[];
  readonly removed: readonly Change[];
  /** The secrets of the credentials that stay, as they are declared. */
  readonly kept: readonly { readonly credentialId: string; readonly secret: DeclaredCredential['secret'] }[];
};

function credentialDifference(
  row: ConnectionRow,
  { connection, input }: Resolved & { readonly input: Input },
): CredentialDifference {
  const before = new Map<string, CredentialRow>();
  for (const credential of input.current.credentials) {
    if (credential.connectionId === row.id) before.set(credential.name, credential);
  }
  const added: Change[] = [];
  const replaced: Change[] = [];
  const reweighed: Change[] = [];
  const kept: { credentialId: string; secret: DeclaredCredential['secret'] }[] = [];
  for (const credential of connection.credentials) {
    const old = before.get(credential.name);
    before.delete(credential.name);
    const name = `${row.name}/${credential.name}`;
    if (old === undefined) {
      const sentence = `Add the credential ${name}.`;
      added.push({ kind: 'credential.add', connectionId: row.id, source: connection.source, credential, sentence });
      continue;
    }
    kept.push({ credentialId: old.id, secret: credential.secret });
    if (!input.unchangedSecrets.has(old.id)) {
      replaced.push({ kind: 'credential.replace', id: old.id, credential, sentence: `Replace the secret of ${name}.` });
    }
    if (old.weight !== credential.weight && connection.source === 'file') {
      const sentence = `Change the weight of ${name} to ${credential.weight}.`;
      reweighed.push({ kind: 'credential.weight', id: old.id, weight: credential.weight, sentence });
    }
  }
  const removed = [...before.values()].map((old): Change => {
    return { kind: 'credential.remove', id: old.id, sentence: `Remove the credential ${row.name}/${old.name}.` };
  });
  return { added, replaced, reweighed, removed, kept };
}

function modelDifference(
  row: ConnectionRow,
  { connection, input }: Resolved & { readonly input: Input },
): readonly Change[] {
  const models = input.current.models.filter(({ connectionId }) => connectionId === row.id);
  const wanted = new Set(connection.models);
  const known = new Set(models.map(({ upstreamModel }) => upstreamModel));
  const added = connection.models.filter((upstreamModel) => !known.has(upstreamModel));
  const gone = models.filter(({ origin, upstreamModel }) => origin === 'manual' && !wanted.has(upstreamModel));
  return [
    ...added.map((upstreamModel): Change => {
      return {
        kind: 'model.add',
        connectionId: row.id,
        upstreamModel,
        sentence: `Add ${upstreamModel} to ${row.name}.`,
      };
    }),
    ...gone.map(({ id, upstreamModel }): Change => {
      return { kind: 'model.remove', id, sentence: `Remove ${upstreamModel} from ${row.name}.` };
    }),
  ];
}

function takenSentence({ name, source }: DeclaredConnection): string {
  return source === 'file'
    ? `A connection "${name}" exists already and does not come from hub.yaml; rename one of the two.`
    : `A connection "${name}" exists already, so the environment does not connect it again.`;
}

function whyGone({ source }: ConnectionRow): string {
  return source === 'file' ? 'hub.yaml no longer declares it' : 'its variable is no longer set';
}
