import type { JsonObject } from '../../../src/kernel/json.ts';
import { type FakeUpstream, startFakeUpstream } from '../../support/fake-upstream.ts';
import { asObject, eventually, listOf, textOf } from '../../support/hub-calls.ts';
import { type HubProcess, startHub } from '../../support/hub-process.ts';
import { freePort } from '../../support/listen.ts';
import { silentPort } from '../../support/silent-port.ts';

/** A hub with small limits and short time-outs, and everything that its callers can do wrong prepared. */
export type Scene = {
  readonly hub: HubProcess;
  readonly upstream: FakeUpstream;
  readonly keys: Readonly<Record<KeyName, string>>;
  readonly close: () => Promise<void>;
};

export type KeyName = 'good' | 'revoked' | 'expired' | 'disabled' | 'narrow';

export const BODY_BYTES_MAX = 64 * 1024;
export const HEADER_BYTES_MAX = 8 * 1024;
export const RESPONSE_BYTES_MAX = 32 * 1024;
export const JSON_DEPTH_MAX = 16;
export const JSON_KEYS_MAX = 64;
/** Room for one of the largest bodies and a few small ones. */
const BUFFERED_BYTES_MAX = 80 * 1024;

/** Connections of their own, for rows that leave a credential in another state than they found it. */
const OWN_CONNECTIONS = [
  'echoes-401',
  'echoes-402',
  'echoes-403',
  'echoes-once',
  'limited',
  'limited-half',
  'emptied',
  'forged',
] as const;

const SHORT: Readonly<Record<string, string>> = {
  HUB_LIMIT_BODY_BYTES: String(BODY_BYTES_MAX),
  HUB_LIMIT_BUFFERED_BYTES: String(BUFFERED_BYTES_MAX),
  HUB_LIMIT_HEADER_BYTES: String(HEADER_BYTES_MAX),
  HUB_LIMIT_RESPONSE_BYTES: String(RESPONSE_BYTES_MAX),
  HUB_LIMIT_JSON_DEPTH: String(JSON_DEPTH_MAX),
  HUB_LIMIT_JSON_KEYS: String(JSON_KEYS_MAX),
  HUB_TIMEOUT_CONNECT: '300ms',
  HUB_TIMEOUT_FIRST_BYTE: '1500ms',
  HUB_TIMEOUT_IDLE: '700ms',
  HUB_TIMEOUT_TOTAL: '3s',
};

/** A credential whose provider's answers repeat it. */
export const SECRET = 'sk-fake-credential-never-to-be-shown';
/** One whose rate limit is always reached. */
export const LIMITED_SECRET = 'sk-fake-limited';
/** Completes texts in a format that only chats can be translated into. */
const ODD_PROVIDER: JsonObject = {
  id: 'odd-words',
  name: 'Odd Words',
  docs: 'https://odd-words.example/docs',
  baseUrl: 'https://odd-words.example/v1',
  auth: { scheme: 'bearer' },
  speaks: [{ operation: 'completions', dialect: 'anthropic-messages', path: '/complete' }],
  models: { from: 'catalogue', models: [{ id: 'fake-small' }] },
};
/** Longer than it takes to make a key on a busy machine. */
const EXPIRY_MS = 3000;

/** Starts the hub with all of its connections and keys. */
export async function setScene(): Promise<Scene> {
  const upstream = await startFakeUpstream();
  // Ports at which nobody listens; one of them falls silent once its connection is made.
  const [refused, silent] = await Promise.all([freePort(), freePort()]);
  const allow = [upstream.port, refused, silent].map((port) => `127.0.0.1:${port}`);
  const hub = await startHub({ allow, environment: SHORT });
  try {
    const keys = await makeKeys(hub);
    await connectAll(hub, { upstream, silent, refused });
    const silence = await silentPort(silent);
    return {
      hub,
      upstream,
      keys,
      close: async () => {
        await hub.stop();
        await upstream.close();
        silence.close();
      },
    };
  } catch (error) {
    await hub.stop();
    await upstream.close();
    throw error;
  }
}

async function connectAll(
  hub: HubProcess,
  { upstream, silent, refused }: { readonly upstream: FakeUpstream; readonly silent: number; readonly refused: number },
): Promise<void> {
  await hub.connectFake(upstream, { secret: SECRET });
  for (const name of OWN_CONNECTIONS)
    await hub.connectFake(upstream, { name, secret: name.startsWith('limited') ? LIMITED_SECRET : SECRET });
  const ids = new Map((await listOf(hub, '/connections')).map((row) => [row['name'], textOf(row['id'])]));
  await hub.control('POST', `/connections/${ids.get('limited-half')}/credentials`, { name: 'second', secret: SECRET });
  const [emptied] = await listOf(hub, `/connections/${ids.get('emptied')}/credentials`);
  await hub.control('DELETE', `/credentials/${textOf(emptied?.['id'])}`);
  await hub.connectFake(upstream, { providerId: 'anthropic', name: 'claude', secret: SECRET });
  await hub.connectFake(
    { baseUrl: upstream.url },
    { providerId: 'amazon-bedrock', name: 'bytes-only', secret: SECRET },
  );
  await hub.control('POST', '/catalogue/apply', { document: [ODD_PROVIDER] });
  await hub.connectFake(upstream, { providerId: textOf(ODD_PROVIDER['id']), name: 'odd', secret: SECRET });
  await hub.connectFake(upstream, { providerId: 'deepseek', name: 'chat-only', secret: SECRET });
  await connectBlind(hub, 'refused', `http://127.0.0.1:${refused}/v1`);
  await connectBlind(hub, 'silent', `http://127.0.0.1:${silent}/v1`);
  await connectBlind(hub, 'forbidden', 'https://169.254.169.254/v1');
}

/** Connects an address whose list of models cannot be had, and adds a model by hand. */
async function connectBlind(hub: HubProcess, name: string, baseUrl: string): Promise<void> {
  const created = asObject(
    await hub.control('POST', '/connections', {
      provider_id: 'openai',
      name,
      base_url: baseUrl,
      credential: { secret: SECRET },
    }),
  );
  const id = textOf(asObject(created['connection'])['id']);
  await hub.control('POST', `/connections/${id}/models`, { upstream_model: 'fake-small' });
}

async function makeKeys(hub: HubProcess): Promise<Scene['keys']> {
  const make = async (name: KeyName, more: JsonObject = {}) => hub.createKey(name, more);
  const [good, revoked, disabled, narrow] = await Promise.all([
    make('good'),
    make('revoked'),
    make('disabled'),
    make('narrow', { allowed_models: ['fake-large'] }),
  ]);
  await hub.control('POST', `/keys/${revoked.id}/revoke`);
  await hub.control('PATCH', `/keys/${disabled.id}`, { enabled: false });
  // A key can only be given an end that lies ahead.
  const expiresAt = new Date(Date.now() + EXPIRY_MS).toISOString();
  const expired = await make('expired', { expires_at: expiresAt });
  await eventually('end of a key', async () => {
    const row = asObject(await hub.control('GET', `/keys/${expired.id}`));
    return row['state'] === 'expired';
  });
  return {
    good: good.secret,
    revoked: revoked.secret,
    expired: expired.secret,
    disabled: disabled.secret,
    narrow: narrow.secret,
  };
}
