import { PERMISSIONS } from '../../identity/roles.ts';
import { project } from '../../identity/testing/access.ts';
import { GatewayError } from '../../kernel/errors.ts';
import { nanoUsdPerMillion } from '../../kernel/money.ts';
import { MemoryLedger } from '../../ledger/testing/memory-store.ts';
import { type CredentialRow, type ModelRow, PLAIN_CONNECTION } from '../../protocol/configuration.ts';
import type { Access, Actor } from '../../protocol/people.ts';
import type { RateCard } from '../../protocol/rate-card.ts';
import { sumRecords } from '../../protocol/usage-sums.ts';
import { createChargeback } from '../../records/chargeback.ts';
import { createUsageExplorer } from '../../records/explore.ts';
import { createUsageForecaster } from '../../records/forecast.ts';
import type { UsageFilter } from '../../records/ports.ts';
import { createSavingsFinder } from '../../records/savings.ts';
import type { UsageStore } from '../../records/usage-ports.ts';
import type { CallableModels } from '../models/callable-model.ts';
import type { ControlServices } from '../services.ts';
import { exampleProviders } from './examples.ts';
import { accountServices } from './memory-accounts.ts';
import { auditServices } from './memory-audit.ts';
import { contentServices } from './memory-contents.ts';
import { creditServices } from './memory-credit.ts';
import { customerServices } from './memory-customers.ts';
import { guardrailServices } from './memory-guardrails.ts';
import { identityServices } from './memory-identity.ts';
import { limitServices } from './memory-limits.ts';
import { notificationServices } from './memory-notifications.ts';
import { sellingServices } from './memory-offers.ts';
import {
  catalogueServices,
  configServices,
  probeServices,
  systemServices,
  vaultServices,
} from './memory-operations.ts';
import { paymentServices } from './memory-payments.ts';
import { createMemoryPeople, peopleServices } from './memory-people.ts';
import { chargedPriceServices } from './memory-prices.ts';
import { routeServices } from './memory-routes.ts';
import { ruleServices } from './memory-rules.ts';
import { existing, type MemoryState, TEST_ADMIN_TOKEN, TEST_NOW, TEST_TENANT } from './memory-state.ts';
import { statementServices } from './memory-statements.ts';

/** Services that keep everything in memory and refuse what the real ones refuse. */
export function createMemoryServices(): { readonly services: ControlServices; readonly state: MemoryState } {
  const state: MemoryState = {
    connections: new Map(),
    credentials: new Map(),
    secrets: new Map(),
    models: new Map(),
    aliases: new Map(),
    overrides: new Map(),
    cards: [],
    keys: new Map(),
    managementKeys: new Map(),
    projects: new Map([[TEST_TENANT.projectId, project(TEST_TENANT.projectId, TEST_TENANT.organizationId)]]),
    onceDone: new Map(),
    outcomes: [],
    providers: new Map(exampleProviders().map((provider) => [provider.id, provider])),
    people: createMemoryPeople(),
    ledger: new MemoryLedger(TEST_NOW),
    reported: [],
    acts: [],
  };
  let made = 0;
  const newId = (prefix: string): string => {
    made += 1;
    return `${prefix}_${String(made).padStart(4, '0')}`;
  };
  const accounts = accountServices();
  const services: ControlServices = {
    access: accessServices(),
    ...accounts,
    audit: auditServices(state),
    reachedAt: () => ({ origin: 'http://localhost', isSecure: false }),
    clientAddress: () => '127.0.0.1',
    newRequestId: () => newId('req'),
    now: () => TEST_NOW,
    reportError: ({ error }) => void state.reported.push(error),
    ...peopleServices(state.people, newId),
    ...ruleServices(state),
    cache: { where: 'memory', isCharged: false, clearedAt: () => undefined, since: async () => [] },
    ...guardrailServices(state, newId),
    ...limitServices(state, newId),
    connections: connectionServices(state, newId),
    credentials: credentialServices(state, newId),
    models: modelServices(state, newId),
    callableModels: () => callableModels(state),
    aliases: aliasServices(state, newId),
    routes: routeServices(newId),
    identityOverrides: overrideServices(state, newId),
    prices: priceServices(state, newId),
    ...chargedPriceServices(state, newId),
    ...sellingServices(state, accounts.installation),
    ...identityServices(state, newId),
    usage: usageServices(state),
    usageWatch: { subscribe: () => () => undefined },
    contents: contentServices(),
    ...creditServices(state, newId),
    payments: paymentServices(state, newId),
    statements: statementServices(state),
    ...customerServices(state, newId),
    ...notificationServices(newId),
    repeat: () => () => undefined,
    // What would be held open ends at once.
    delay: (_delayMs, run) => {
      queueMicrotask(run);
      return () => undefined;
    },
    catalogue: catalogueServices(state),
    probe: probeServices(),
    vault: vaultServices(),
    config: configServices(),
    system: systemServices(state),
  };
  return { services, state };
}

/** The token of tests may do everything; nobody signs in. */
function accessServices(): ControlServices['access'] {
  const everything = (actor: Actor): Access => ({
    actor,
    tenant: TEST_TENANT,
    role: 'owner',
    memberId: undefined,
    serviceAccountId: undefined,
    teamIds: [],
    permissions: new Set(PERMISSIONS),
  });
  return {
    ofBearer: async (token) => (token === TEST_ADMIN_TOKEN ? { kind: 'installation' } : undefined),
    ofSession: async () => undefined,
    within: async (actor) => everything(actor),
    toInstallation: everything,
  };
}

type NewTestId = (prefix: string) => string;

/** A row that may be changed here. */
function own<Row extends { readonly source: string }>(rows: ReadonlyMap<string, Row>, id: string): Row {
  const row = existing(rows, id);
  if (row.source === 'file') throw new GatewayError('resource.read_only');
  return row;
}

/** Leaves out the fields that were not sent, so that they do not overwrite. */
function sent<Change extends object>(change: Change): Partial<Change> {
  // Object.entries forgets which keys it came from; they are the keys of `change`.
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)) as Partial<Change>;
}

/** The row after a change. @throws resource.changed */
function revised<Row extends { readonly revision: number }>(row: Row, ifRevision: number | undefined): Row {
  if (ifRevision !== undefined && ifRevision !== row.revision) throw new GatewayError('resource.changed');
  return { ...row, revision: row.revision + 1 };
}

function put<Row extends { readonly id: string }>(rows: Map<string, Row>, row: NoInfer<Row>): Row {
  rows.set(row.id, row);
  return row;
}

function connectionServices(state: MemoryState, newId: NewTestId): ControlServices['connections'] {
  const refresh = { added: ['small-model'], withdrawn: [], returned: [], error: undefined };
  return {
    list: async () => [...state.connections.values()],
    get: async (_tenant, id) => state.connections.get(id),
    create: async (tenant, input) => {
      const provider = existing(state.providers, input.providerId);
      const name = input.name ?? provider.id;
      if ([...state.connections.values()].some((row) => row.name === name)) throw new GatewayError('resource.conflict');
      const connection = put(state.connections, {
        ...TEST_TENANT,
        ...PLAIN_CONNECTION,
        id: newId('conn'),
        name,
        providerId: provider.id,
        baseUrl: input.baseUrl ?? provider.baseUrl,
        enabled: true,
        newModelPolicy: input.newModelPolicy,
        position: input.position ?? state.connections.size,
        source: 'store',
        createdAt: TEST_NOW,
        updatedAt: TEST_NOW,
        refreshedAt: TEST_NOW,
        refreshError: undefined,
      });
      if (input.credential !== undefined) {
        await credentialServices(state, newId).create(tenant, connection.id, input.credential);
      }
      addModel(state, newId, connection.id, 'small-model', 'discovered');
      return { connection, refresh };
    },
    update: async (_tenant, id, { secrets: _secrets, ...change }, ifRevision) =>
      put(state.connections, revised({ ...own(state.connections, id), ...sent(change) }, ifRevision)),
    remove: async (_tenant, id, ifRevision) => {
      revised(own(state.connections, id), ifRevision);
      state.connections.delete(id);
    },
    refresh: async (_tenant, id) => {
      existing(state.connections, id);
      return { ...refresh, added: [] };
    },
    test: async (_tenant, id) => {
      existing(state.connections, id);
      const tried = [...state.credentials.values()].filter((row) => row.connectionId === id);
      return { ok: tried.every((row) => row.state === 'active'), results: tried.map(testResult) };
    },
  };
}

function testResult(row: CredentialRow) {
  const ok = row.state === 'active';
  return {
    credentialId: row.id,
    step: 'models',
    ok,
    httpStatus: ok ? 200 : 401,
    latencyMs: 12,
    message: ok ? undefined : 'the provider refused the credential',
  };
}

function credentialServices(state: MemoryState, newId: NewTestId): ControlServices['credentials'] {
  return {
    get: async (_tenant, id) => state.credentials.get(id),
    list: async (_tenant, connectionId) => {
      existing(state.connections, connectionId);
      return [...state.credentials.values()].filter((row) => row.connectionId === connectionId);
    },
    create: async (_tenant, connectionId, input) => {
      existing(state.connections, connectionId);
      const id = newId('cred');
      state.secrets.set(id, input.secret);
      return put(state.credentials, {
        ...TEST_TENANT,
        revision: 1,
        id,
        connectionId,
        name: input.name ?? 'default',
        sealed: 'sealed-envelope',
        masked: `${input.secret.slice(0, 2)}…${input.secret.slice(-2)}`,
        weight: input.weight ?? 1,
        state: 'active',
        stateReason: undefined,
        stateChangedAt: undefined,
        useCount: 0,
        lastUsedAt: undefined,
        lastError: undefined,
        lastErrorAt: undefined,
        source: 'store',
        createdAt: TEST_NOW,
      });
    },
    update: async (_tenant, id, { enabled, ...change }, ifRevision) => {
      const row = revised({ ...own(state.credentials, id), ...sent(change) }, ifRevision);
      return put(state.credentials, enabled === undefined ? row : { ...row, state: enabled ? 'active' : 'disabled' });
    },
    replaceSecret: async (_tenant, id, secret, ifRevision) => {
      const row = revised(own(state.credentials, id), ifRevision);
      state.secrets.set(id, secret);
      return put(state.credentials, { ...row, masked: `…${secret.slice(-2)}` });
    },
    remove: async (_tenant, id, ifRevision) => {
      revised(own(state.credentials, id), ifRevision);
      state.credentials.delete(id);
    },
    test: async (_tenant, id) => {
      const row = existing(state.credentials, id);
      return { ok: row.state === 'active', results: [testResult(row)] };
    },
  };
}

function addModel(
  state: MemoryState,
  newId: NewTestId,
  connectionId: string,
  model: string,
  origin: ModelRow['origin'],
) {
  return put(state.models, {
    ...TEST_TENANT,
    id: newId('mdl'),
    connectionId,
    upstreamModel: model,
    state: 'enabled',
    origin,
    facts: {
      displayName: undefined,
      contextTokens: 8192,
      maxOutputTokens: undefined,
      inputModalities: ['text'],
      outputModalities: undefined,
      embeddingDimensions: undefined,
      createdAt: undefined,
    },
    firstSeenAt: TEST_NOW,
    lastSeenAt: TEST_NOW,
    withdrawnAt: undefined,
  });
}

function modelServices(state: MemoryState, newId: NewTestId): ControlServices['models'] {
  return {
    list: async (_tenant, connectionId) => {
      existing(state.connections, connectionId);
      return [...state.models.values()].filter((row) => row.connectionId === connectionId);
    },
    get: async (_tenant, id) => state.models.get(id),
    add: async (_tenant, connectionId, input) => {
      existing(state.connections, connectionId);
      const row = addModel(state, newId, connectionId, input.upstreamModel, 'manual');
      return put(state.models, { ...row, facts: input.facts });
    },
    setState: async (_tenant, id, value) => put(state.models, { ...existing(state.models, id), state: value }),
    remove: async (_tenant, id) => {
      existing(state.models, id);
      state.models.delete(id);
    },
  };
}

/** Every enabled model, without access rules. */
function callableModels(state: MemoryState): CallableModels {
  const enabled = [...state.models.values()].filter((row) => row.state === 'enabled');
  return {
    names: enabled.map(({ upstreamModel }) => upstreamModel),
    describe: (name) => {
      const row = enabled.find(({ upstreamModel }) => upstreamModel === name);
      if (row === undefined) throw new GatewayError('resource.not_found');
      const prices = { ofClass: { input_tokens: nanoUsdPerMillion(2_000_000_000n) }, hasCachedPrice: false };
      return {
        name,
        isAlias: false,
        offer: undefined,
        facts: row.facts,
        operations: ['chat'],
        parameters: ['temperature'],
        prices,
        charged: undefined,
        isSimulated: false,
      };
    },
  };
}

function aliasServices(state: MemoryState, newId: NewTestId): ControlServices['aliases'] {
  return {
    list: async () => [...state.aliases.values()],
    create: async (_tenant, input) => {
      if ([...state.aliases.values()].some((row) => row.name === input.name))
        throw new GatewayError('resource.conflict');
      return put(state.aliases, { ...TEST_TENANT, id: newId('alias'), ...input, source: 'store' });
    },
    remove: async (_tenant, id) => {
      own(state.aliases, id);
      state.aliases.delete(id);
    },
  };
}

function overrideServices(state: MemoryState, newId: NewTestId): ControlServices['identityOverrides'] {
  return {
    list: async () => [...state.overrides.values()],
    create: async (_tenant, input) =>
      put(state.overrides, { ...TEST_TENANT, id: newId('over'), ...input, source: 'store' }),
    remove: async (_tenant, id) => {
      own(state.overrides, id);
      state.overrides.delete(id);
    },
  };
}

function priceServices(state: MemoryState, newId: NewTestId): ControlServices['prices'] {
  const cardsOf = (providerId: string, model: string) =>
    state.cards.filter((card) => card.providerId === providerId && card.model === model).reverse();
  return {
    inForce: async () =>
      [...state.models.values()].map((row) => {
        const providerId = existing(state.connections, row.connectionId).providerId;
        return { providerId, model: row.upstreamModel, card: cardsOf(providerId, row.upstreamModel)[0] };
      }),
    history: async (_tenant, { providerId, model }) => cardsOf(providerId, model),
    set: async (_tenant, input) => {
      const card: RateCard = {
        id: newId('rc'),
        providerId: input.providerId,
        model: input.model,
        version: cardsOf(input.providerId, input.model).length + 1,
        source: 'operator',
        effectiveFrom: input.effectiveFrom ?? TEST_NOW,
        prices: input.prices,
      };
      state.cards.push(card);
      return card;
    },
  };
}

function usageServices(state: MemoryState): ControlServices['usage'] {
  const matching = (filter: UsageFilter) =>
    state.outcomes
      .map((outcome) => outcome.usage)
      .filter(
        (record) =>
          (filter.projectIds === undefined || filter.projectIds.includes(record.projectId)) &&
          (filter.fromMs === undefined || record.startedAt >= filter.fromMs) &&
          (filter.toMs === undefined || record.startedAt < filter.toMs) &&
          (filter.status === undefined || record.status === filter.status) &&
          (filter.keyId === undefined || record.keyId === filter.keyId),
      )
      .sort((a, b) => b.id.localeCompare(a.id));
  const store: UsageStore = {
    view: (_scope, work) =>
      work({ sums: async (wanted) => sumRecords(matching({}), wanted), isCapped: async () => false }),
  };
  const findSavings = createSavingsFinder({ store });
  return {
    explore: createUsageExplorer({ store, projects: async () => [...state.projects.values()] }),
    chargeback: createChargeback({
      store,
      projects: async () => [...state.projects.values()],
      teamName: async () => undefined,
    }),
    forecast: createUsageForecaster({ store }),
    savings: (scope, query) => findSavings(scope, { ...query, offers: [] }),
    search: async (_tenant, question, { limit, cursor }) => {
      const rest = matching(question).filter((record) => cursor === undefined || record.id < cursor);
      const records = rest.slice(0, limit);
      return { records, nextCursor: rest.length > limit ? records.at(-1)?.id : undefined };
    },
    list: async (_tenant, filter, { limit, cursor }) =>
      matching(filter)
        .filter((record) => cursor === undefined || record.id < cursor)
        .slice(0, limit),
    get: async (_tenant, requestId, projectIds) =>
      state.outcomes.find(
        ({ usage }) => usage.requestId === requestId && projectIds?.includes(usage.projectId) !== false,
      ),
    totals: async (_tenant, filter, groupBy) => {
      const groups = new Map<string | undefined, ReturnType<typeof matching>>();
      for (const record of matching(filter)) {
        const group = groupBy === 'model' ? (record.routedModel ?? record.requestedModel) : undefined;
        groups.set(group, [...(groups.get(group) ?? []), record]);
      }
      return [...groups].map(([group, records]) => ({
        group,
        requests: records.length,
        failedRequests: records.filter((record) => record.status !== 'success').length,
        estimatedRequests: records.filter((record) => record.usageBasis === 'estimated').length,
        unpricedRequests: records.filter((record) => record.costNano === undefined).length,
        inputTokens: sum(records.map((record) => record.usage.inputTokens)),
        cachedInputTokens: sum(records.map((record) => record.usage.cachedInputTokens)),
        outputTokens: sum(records.map((record) => record.usage.outputTokens)),
        reasoningTokens: sum(records.map((record) => record.usage.reasoningTokens)),
        costNano: records.reduce((total, record) => total + (record.costNano ?? 0n), 0n),
      }));
    },
  };
}

function sum(values: readonly (number | undefined)[]): number {
  return values.reduce<number>((total, value) => total + (value ?? 0), 0);
}
