import { isIP } from 'node:net';
import { GatewayError, toGatewayError } from '../kernel/errors.ts';
import { isJsonObject, parseJsonOrUndefined } from '../kernel/json.ts';
import type { Tenant } from '../protocol/tenant.ts';
import { normaliseBaseUrl } from './base-url.ts';
import type { Catalogue } from './catalogue.ts';
import type { CatalogueService } from './catalogue-service.ts';
import type { ProviderHttp } from './connection-ports.ts';
import type { ConnectInput, ConnectionService } from './connections.ts';
import { likelyChatModels, likelyEmbeddingModels } from './model-kinds.ts';
import { isModelId } from './model-list.ts';
import {
  type CallTarget,
  getFromProvider,
  listProviderModels,
  postToProvider,
  tryOneTokenChat,
} from './provider-calls.ts';
import {
  type AuthScheme,
  isPrivateHost,
  type ProviderEntry,
  providerEntrySchema,
  type SpokenOperation,
} from './schema.ts';
import { cleanSecret } from './secrets.ts';

/** How many models are tried for one operation before it counts as not served. */
const MODELS_TRIED_MAX = 3;
const ANTHROPIC_HEADERS = { 'anthropic-version': '2023-06-01' } as const;
const HOST_LABELS_THAT_SAY_NOTHING = new Set(['api', 'www', 'gateway', 'inference', 'llm', 'ai-gateway']);

/** One thing that was tried on an unknown server. */
export type ProbeStep = {
  readonly tried: 'models' | 'chat' | 'embeddings';
  /** Path, dialect and model, for people. */
  readonly what: string;
  /** Why it failed; `undefined` when it worked. */
  readonly error: string | undefined;
};

export type ProbeResult = {
  /** An entry in the catalogue's own schema, not yet applied. */
  readonly entry: ProviderEntry;
  readonly models: readonly string[];
  readonly steps: readonly ProbeStep[];
};

export type ProbeInput = {
  readonly baseUrl: string;
  readonly secret?: string | undefined;
  /** A model to try, for servers that list none. */
  readonly model?: string | undefined;
};

/** Makes servers that no catalogue knows connectable by their address and key alone. */
export type ServerProbe = {
  /**
   * Finds out what a server speaks and proposes an entry. Costs one token and one embedding at most.
   * @throws GatewayError `request.invalid` for an address that cannot be used, `upstream.credential_rejected`,
   *   `upstream.unreachable` and the like when the server does not answer, `upstream.invalid_answer` with the steps in
   *   its details when it answers in no dialect that is known
   */
  readonly probe: (input: ProbeInput) => Promise<ProbeResult>;
  /** Applies a proposed entry to the catalogue and connects it. @throws GatewayError */
  readonly apply: (
    tenant: Tenant,
    input: { readonly entry: ProviderEntry } & Omit<ConnectInput, 'providerId' | 'params'>,
  ) => ReturnType<ConnectionService['connect']>;
};

export function createServerProbe(input: {
  readonly http: ProviderHttp;
  readonly catalogue: CatalogueService;
  readonly connections: Pick<ConnectionService, 'connect'>;
}): ServerProbe {
  const { http, catalogue, connections } = input;
  return {
    probe: async ({ baseUrl, secret, model }) => {
      const address = normaliseBaseUrl(baseUrl);
      const clean = secret === undefined ? undefined : cleanSecret(secret);
      if (model !== undefined && !isModelId(model)) {
        throw new GatewayError('request.invalid', { param: 'model', message: 'That is no model id.' });
      }
      const steps: ProbeStep[] = [];
      const found = await recogniseServer({ http, address, secret: clean, model, steps, failures: [] });
      return { entry: proposeEntry(found, catalogue.current()), models: found.models, steps };
    },
    apply: async (tenant, { entry, ...connect }) => {
      const source = `probe of ${new URL(entry.baseUrl).host}`;
      await catalogue.apply(JSON.stringify(entry), source);
      return await connections.connect(tenant, { ...connect, providerId: entry.id });
    },
  };
}

type Probing = {
  readonly http: ProviderHttp;
  readonly address: string;
  readonly secret: string | undefined;
  readonly model: string | undefined;
  readonly steps: ProbeStep[];
  readonly failures: GatewayError[];
};

type Recognised = {
  readonly baseUrl: string;
  readonly auth: AuthScheme;
  readonly headers: Readonly<Record<string, string>> | undefined;
  readonly source: ProviderEntry['models'];
  readonly models: readonly string[];
  readonly speaks: readonly SpokenOperation[];
};

/** How a server may list its models; the first that answers is the one. */
type ListCandidate = Pick<Recognised, 'baseUrl' | 'auth' | 'headers'> & {
  readonly source: Extract<ProviderEntry['models'], { from: 'list' }>;
};

async function recogniseServer(probing: Probing): Promise<Recognised> {
  for (const candidate of listCandidates(probing)) {
    const listed = await tryList(probing, candidate);
    if (listed === undefined) continue;
    const speaks =
      candidate.headers === undefined
        ? await tryOperations(probing, candidate, listed)
        : [{ operation: 'chat' as const, dialect: 'anthropic-messages' as const, path: '/messages' }];
    if (speaks.length > 0) return { ...candidate, models: listed, speaks };
  }
  if (probing.model !== undefined) {
    const models = [probing.model];
    for (const baseUrl of baseUrls(probing.address)) {
      const candidate = { baseUrl, auth: bearer(probing.secret), headers: undefined };
      const speaks = await tryOperations(probing, candidate, models);
      const source = { from: 'catalogue' as const, models: models.map((id) => ({ id })) };
      if (speaks.length > 0) return { ...candidate, source, models, speaks };
    }
  }
  throw unrecognised(probing.failures, probing.steps);
}

/**
 * OpenAI's list at the address and below `/v1`, then Anthropic's, which wants its key in `x-api-key`
 * (https://docs.anthropic.com/en/api/models-list), then Ollama's own.
 */
function listCandidates({ address, secret }: Probing): readonly ListCandidate[] {
  const auth = bearer(secret);
  const list = { from: 'list', path: '/models', shape: 'openai' } as const;
  const candidates: ListCandidate[] = baseUrls(address).map((baseUrl) => ({
    baseUrl,
    auth,
    headers: undefined,
    source: list,
  }));
  if (secret !== undefined) {
    const header = { scheme: 'header', header: 'x-api-key' } as const;
    for (const baseUrl of baseUrls(address)) {
      const source = { ...list, path: '/models?limit=1000', shape: 'anthropic' } as const;
      candidates.push({ baseUrl, auth: header, headers: ANTHROPIC_HEADERS, source });
    }
  }
  const tags = { from: 'list', path: '/api/tags', relativeTo: 'origin', shape: 'ollama-tags' } as const;
  const origin = new URL(address).origin;
  candidates.push({ baseUrl: `${origin}/v1`, auth, headers: undefined, source: tags });
  return candidates;
}

/** The address as it is, and with `/v1` where no version stands at its end. */
function baseUrls(address: string): readonly string[] {
  return /\/v\d+[a-z0-9]*(?:\/[a-z-]+)?$/.test(address) ? [address] : [address, `${address}/v1`];
}

function bearer(secret: string | undefined): AuthScheme {
  return secret === undefined ? { scheme: 'bearer', optional: true } : { scheme: 'bearer' };
}

async function tryList(
  { http, secret, steps, failures }: Probing,
  candidate: ListCandidate,
): Promise<readonly string[] | undefined> {
  const { baseUrl, source } = candidate;
  const target: CallTarget = { entry: { auth: candidate.auth, headers: candidate.headers }, baseUrl, secret };
  const what = `GET ${source.relativeTo === 'origin' ? new URL(baseUrl).origin : baseUrl}${source.path}`;
  try {
    if (candidate.headers !== undefined) await requireAnthropicRows(http, target, source.path);
    const list = await listProviderModels(http, target, source);
    steps.push({ tried: 'models', what, error: undefined });
    return list.models.map((model) => model.upstreamModel);
  } catch (thrown) {
    const error = toGatewayError(thrown);
    if (error.code === 'internal.bug') throw thrown;
    failures.push(error);
    steps.push({ tried: 'models', what, error: describe(error) });
    return undefined;
  }
}

/** Other servers ignore the headers that Anthropic asks for; only its own rows are `type: "model"`. */
async function requireAnthropicRows(http: ProviderHttp, target: CallTarget, path: string): Promise<void> {
  const json = parseJsonOrUndefined((await getFromProvider(http, target, { path })).toString('utf8'));
  const rows = isJsonObject(json) && Array.isArray(json['data']) ? json['data'] : [];
  if (rows.length === 0 || !rows.every((row) => isJsonObject(row) && row['type'] === 'model')) {
    throw new GatewayError('upstream.invalid_answer');
  }
}

/** Which operations of the OpenAI dialect a server answers, by asking for the least of each. */
async function tryOperations(
  probing: Probing,
  candidate: Pick<Recognised, 'baseUrl' | 'auth' | 'headers'>,
  listed: readonly string[],
): Promise<readonly SpokenOperation[]> {
  const { http, secret, model } = probing;
  const target: CallTarget = { entry: { auth: candidate.auth }, baseUrl: candidate.baseUrl, secret };
  const ids = model === undefined ? listed : [model, ...listed.filter((id) => id !== model)];
  const speaks: SpokenOperation[] = [];
  const chat = { operation: 'chat', dialect: 'openai-chat', path: '/chat/completions' } as const;
  const chats = await firstThatWorks(probing, 'chat', likelyChatModels(ids), (id) =>
    tryOneTokenChat(http, target, chat, id),
  );
  if (chats) speaks.push(chat);
  const embeddings = { operation: 'embeddings', dialect: 'openai-chat', path: '/embeddings' } as const;
  const embeds = await firstThatWorks(probing, 'embeddings', likelyEmbeddingModels(ids), async (id) => {
    const answer = await postToProvider(http, target, embeddings, { model: id, input: 'Hi' });
    if (!isJsonObject(answer) || !Array.isArray(answer['data'])) throw new GatewayError('upstream.invalid_answer');
  });
  if (embeds) speaks.push(embeddings);
  return speaks;
}

async function firstThatWorks(
  { steps, failures }: Probing,
  tried: 'chat' | 'embeddings',
  ids: readonly string[],
  attempt: (id: string) => Promise<unknown>,
): Promise<boolean> {
  for (const id of ids.slice(0, MODELS_TRIED_MAX)) {
    try {
      await attempt(id);
      steps.push({ tried, what: `model ${id}`, error: undefined });
      return true;
    } catch (thrown) {
      const error = toGatewayError(thrown);
      if (error.code === 'internal.bug') throw thrown;
      failures.push(error);
      steps.push({ tried, what: `model ${id}`, error: describe(error) });
    }
  }
  return false;
}

/** The most telling of the failures: a refused key before a missing server before anything else. */
function unrecognised(failures: readonly GatewayError[], steps: readonly ProbeStep[]): GatewayError {
  const refused = failures.find((error) => error.code === 'upstream.credential_rejected');
  if (refused !== undefined) return refused;
  const [first] = failures;
  const noAnswer = failures.every((error) => error.upstream === undefined && error.code !== 'upstream.invalid_answer');
  if (first !== undefined && noAnswer) return first;
  return new GatewayError('upstream.invalid_answer', {
    message: 'The server answers in no wire format that this hub knows.',
    details: { steps: steps.slice(0, 20) },
  });
}

function proposeEntry(found: Recognised, catalogue: Catalogue): ProviderEntry {
  const url = new URL(found.baseUrl);
  return providerEntrySchema.parse({
    id: freeId(slugOfHost(url), catalogue),
    name: url.host,
    docs: url.origin,
    baseUrl: found.baseUrl,
    auth: found.auth,
    ...(found.headers === undefined ? {} : { headers: found.headers }),
    speaks: found.speaks,
    models:
      found.source.from === 'list' ? found.source : { from: 'catalogue', models: found.models.map((id) => ({ id })) },
    ...(isPrivateHost(url.hostname) ? { local: true } : {}),
    note: 'Proposed from the answers of the server itself.',
  });
}

/** `https://api.example.com` → `example`; an address becomes `local-8000` or `host-203-0-113-9`. */
function slugOfHost(url: URL): string {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = url.port === '' ? '' : `-${url.port}`;
  if (isPrivateHost(url.hostname) && (isIP(host) !== 0 || host === 'localhost')) return `local${port}`;
  if (isIP(host) !== 0) return slugOf(`host-${host}${port}`);
  const labels = host.split('.');
  const owners = labels.length > 1 ? labels.slice(0, -1) : labels;
  const telling = owners.filter((label) => !HOST_LABELS_THAT_SAY_NOTHING.has(label));
  return slugOf((telling.length > 0 ? telling : owners).join('-'));
}

function slugOf(text: string): string {
  const slug = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 55)
    .replace(/^-+|-+$/g, '');
  return slug === '' ? 'server' : slug;
}

function freeId(id: string, catalogue: Catalogue): string {
  for (let number = 1; ; number += 1) {
    const candidate = number === 1 ? id : `${id}-${number}`;
    if (catalogue.find(candidate) === undefined) return candidate;
  }
}

function describe(error: GatewayError): string {
  const { upstream } = error;
  return upstream === undefined ? error.message : `${upstream.status}: ${upstream.message}`;
}
