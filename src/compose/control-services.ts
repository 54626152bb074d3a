import type { ControlServices, PriceServices, ProbeServices, TestReport } from '../controlplane/services.ts';
import { createGuardrailService } from '../guardrails/guardrail-service.ts';
import { GatewayError } from '../kernel/errors.ts';
import { systemDelay, systemRepeat } from '../kernel/repeat.ts';
import { type CardCandidate, successorCards } from '../metering/card-versions.ts';
import { createAccessRuleService } from '../policy/access-rule-service.ts';
import type { Tenant } from '../protocol/tenant.ts';
import type { CredentialTest } from '../providers/credentials.ts';
import type { Refreshed } from '../providers/models.ts';
import { createServerProbe } from '../providers/probe.ts';
import { createChargeback } from '../records/chargeback.ts';
import { createUsageExplorer } from '../records/explore.ts';
import { createUsageForecaster } from '../records/forecast.ts';
import { totalsUnderModelNames, underModelNames } from '../records/model-names.ts';
import { createSavingsFinder } from '../records/savings.ts';
import { createUsageWatch } from '../records/usage-watch.ts';
import type { Router } from '../routing/router.ts';
import { cacheServices } from './answer-cache.ts';
import { createCallableModels } from './callable-models.ts';
import { catalogueServices, documentOf } from './catalogue-services.ts';
import { reachOf } from './compile-snapshot.ts';
import { type Core, changed, requireFound } from './core.ts';
import { creditServices } from './credit-services.ts';
import { customerServices, owedGrantsOf } from './customer-services.ts';
import { serviceJudge } from './guardrails.ts';
import { invitationSignIn } from './invitation-sign-in.ts';
import { limitServices } from './limit-services.ts';
import { invitationMail } from './mail.ts';
import { modelNamesOf } from './model-names.ts';
import { chargingServices, offerServices } from './offer-services.ts';
import { offersOf } from './offers.ts';
import { paymentServices } from './payments.ts';
import { composePeople } from './people-services.ts';
import { chargedPriceServices, offersAt } from './price-rule-services.ts';
import { redemptionCodesOf } from './redemption-codes.ts';
import { routeServices } from './route-services.ts';
import { composeSso } from './sso.ts';
import { statementServices } from './statement-services.ts';

/** Everything that the control plane calls but what belongs to the process itself. */
export type ResourceServices = Omit<
  ControlServices,
  'access' | 'reachedAt' | 'clientAddress' | 'newRequestId' | 'now' | 'reportError' | 'config' | 'system'
>;

/** Joins the stages' services to the control plane. After every change the snapshot of this process is made anew. */
export function composeResources(core: Core, router: Router): ResourceServices {
  const elsewhere = composeSso({ ...core, pathPrefix: core.settings.pathPrefix, fetch: core.signInFetch });
  const offers = offerServices(core);
  const owedGrants = owedGrantsOf(core);
  const people = composePeople(core, invitationMail(core.mail, core.baseUrl));
  return {
    ...people,
    ...core.people,
    signIn: { ...core.people.signIn, ...invitationSignIn(core, people.invitations), ...elsewhere.signIn },
    sso: elsewhere.sso,
    sendTestMail: core.mail.sendTest,
    audit: core.audit,
    accessRules: ruleServices(core),
    guardrails: guardrailServices(core),
    limits: limitServices(core),
    cache: cacheServices(core),
    connections: connectionServices(core),
    credentials: credentialServices(core),
    models: modelServices(core),
    callableModels: createCallableModels(() => core.snapshot.current, core.clock.now),
    aliases: aliasServices(core),
    routes: routeServices(core, router),
    identityOverrides: identityServices(core),
    prices: priceServices(core),
    ...chargedPriceServices(core),
    offers,
    charging: chargingServices(core, offers),
    keys: keyServices(core),
    managementKeys: core.managementKeys,
    visibleProjects: core.visibleProjects,
    idempotency: core.idempotency,
    usage: usageServices(core),
    usageWatch: createUsageWatch({
      list: core.store.records.list,
      repeat: systemRepeat,
      onError: (error) => core.logger.warn({ err: error }, 'new usage could not be looked for'),
    }),
    notifications: core.store.notifications,
    notificationWatch: createUsageWatch({
      list: async (scope) => {
        const id = await core.store.notifications.newestId(scope);
        return id === undefined ? [] : [{ id }];
      },
      repeat: systemRepeat,
      onError: (error) => core.logger.warn({ err: error }, 'new notifications could not be looked for'),
    }),
    webhooks: core.webhooks,
    contents: contentServices(core),
    credit: creditServices(core),
    payments: paymentServices(core),
    statements: statementServices(core),
    customers: customerServices(core, owedGrants),
    redemptionCodes: redemptionCodesOf(core, owedGrants),
    repeat: systemRepeat,
    delay: systemDelay,
    catalogue: catalogueServices(core),
    probe: probeServices(core),
    vault: { status: core.rotation.status, rotate: core.rotation.rotate },
  };
}

function usageServices(core: Core): ControlServices['usage'] {
  const { store, snapshot, clock } = core;
  const namesOf = modelNamesOf(core);
  const findSavings = createSavingsFinder({ store: store.usage });
  return {
    search: store.records.search,
    list: (scope, filter, page) => store.records.list(scope, filter, page),
    get: (scope, requestId, projectIds) => store.records.get(scope, requestId, projectIds),
    totals: totalsUnderModelNames(store.records.totals, namesOf),
    explore: createUsageExplorer({ store: underModelNames(store.usage, namesOf), projects: store.projectReader.list }),
    chargeback: createChargeback({
      store: store.usage,
      projects: store.projectReader.list,
      teamName: async ({ organizationId }, id) => (await store.teams.get(organizationId, id))?.name,
    }),
    forecast: createUsageForecaster({ store: store.usage }),
    savings: (tenant, query) =>
      findSavings(tenant, { ...query, offers: offersOf(snapshot.current, tenant, clock.now()) }),
  };
}

function guardrailServices(core: Core): ControlServices['guardrails'] {
  const { store, newId, clock } = core;
  return createGuardrailService({
    store: store.guardrails,
    vault: core.vault,
    judge: serviceJudge(core, () => undefined),
    newId,
    now: clock.now,
    refresh: () => core.snapshot.refresh(),
    isThere: async (scope, kind, id) =>
      kind === 'project'
        ? (await store.projects.get(scope.organizationId, id)) !== undefined
        : (await store.keys.get(scope, id)) !== undefined,
  });
}

function ruleServices(core: Core): ControlServices['accessRules'] {
  const { store } = core;
  const rules = createAccessRuleService({
    store: store.accessRules,
    now: core.clock.now,
    isThere: async ({ organizationId, scope, scopeId }) => {
      switch (scope) {
        case 'operator':
        case 'organization':
          return scopeId === organizationId && (await store.organizations.get(scopeId)) !== undefined;
        case 'team':
          return (await store.teams.get(organizationId, scopeId)) !== undefined;
        case 'project':
          return (await store.projects.get(organizationId, scopeId)) !== undefined;
        case 'key':
          return (await store.keys.get({ organizationId }, scopeId)) !== undefined;
      }
    },
  });
  return {
    list: rules.list,
    get: rules.get,
    put: (...input) => changed(core, rules.put(...input)),
    remove: (...input) => changed(core, rules.remove(...input)),
  };
}

/** Prices of models that have just been listed: the provider's own, then what the price library knows. */
export async function keepPrices(core: Core, refreshed: readonly Refreshed[]): Promise<void> {
  const added = await core.prices.addListed(await core.store.configuration.load(), refreshed);
  const seeded = await core.prices.seedFor(await core.store.configuration.load());
  if (added + seeded > 0) await core.snapshot.refresh();
}

/** What a provider says of its prices is believed where the operator connected it: rate cards hold for everybody. */
export function pricedOf({ organizationId }: Tenant, refreshed: readonly Refreshed[]): readonly Refreshed[] {
  return reachOf(organizationId) === 'operator' ? refreshed : [];
}

function connectionServices(core: Core): ControlServices['connections'] {
  const { connections, store } = core;
  return {
    list: (tenant) => store.connections.list(tenant),
    get: (tenant, id) => store.connections.get(tenant, id),
    create: async (tenant, { credential, ...input }) => {
      const { view, refreshed } = await changed(
        core,
        connections.connect(tenant, { ...input, secret: credential?.secret, credentialName: credential?.name }),
      );
      const [first] = view.credentials;
      if (first !== undefined && credential?.weight !== undefined) {
        await connections.updateCredential(tenant, { credentialId: first.id, weight: credential.weight });
      }
      await keepPrices(core, pricedOf(tenant, [refreshed]));
      return { connection: view.connection, refresh: refreshOutcome(refreshed) };
    },
    update: async (tenant, id, { secrets, ...change }, ifRevision) => {
      const input = {
        ...change,
        ifRevision,
        connectionId: id,
        secrets: secrets && Object.fromEntries(secrets.map(({ credentialId, secret }) => [credentialId, secret])),
      };
      return (await changed(core, connections.updateConnection(tenant, input))).connection;
    },
    remove: (tenant, id, ifRevision) => changed(core, connections.removeConnection(tenant, id, 'store', ifRevision)),
    refresh: async (tenant, id) => {
      const refreshed = await changed(core, connections.refreshModels(tenant, id));
      await keepPrices(core, pricedOf(tenant, [refreshed]));
      return refreshOutcome(refreshed);
    },
    test: async (tenant, id) => testReport(await changed(core, connections.testConnection(tenant, id))),
  };
}

function refreshOutcome({ added, withdrawn, returned, error }: Refreshed) {
  return { added, withdrawn, returned, error: error === undefined ? undefined : sentenceOf(error) };
}

function testReport(tests: readonly CredentialTest[]): TestReport {
  return {
    ok: tests.length > 0 && tests.every((test) => test.error === undefined),
    results: tests.map(({ credentialId, by, durationMs, modelCount, error }) => ({
      credentialId,
      step: by ?? 'connect',
      ok: error === undefined,
      httpStatus: error?.upstream?.status,
      latencyMs: durationMs,
      message:
        error === undefined
          ? modelCount === undefined
            ? undefined
            : `${modelCount} models listed`
          : sentenceOf(error),
    })),
  };
}

function sentenceOf(error: GatewayError): string {
  const said = error.upstream?.message;
  return said === undefined ? error.message : `${error.message} The provider says: ${said}`;
}

function credentialServices(core: Core): ControlServices['credentials'] {
  const { connections, store } = core;
  const rowOf = async (tenant: Tenant, id: string) => requireFound(await store.credentials.get(tenant, id));
  return {
    list: async (tenant, connectionId) => {
      requireFound(await store.connections.get(tenant, connectionId));
      return store.credentials.list(tenant, connectionId);
    },
    get: (tenant, id) => store.credentials.get(tenant, id),
    create: async (tenant, connectionId, input) =>
      rowOf(tenant, (await changed(core, connections.addCredential(tenant, { ...input, connectionId }))).id),
    update: async (tenant, id, change, ifRevision) => {
      await changed(core, connections.updateCredential(tenant, { ...change, credentialId: id, ifRevision }));
      return rowOf(tenant, id);
    },
    replaceSecret: async (tenant, id, secret, ifRevision) => {
      await changed(core, connections.replaceSecret(tenant, { credentialId: id, secret, ifRevision }));
      return rowOf(tenant, id);
    },
    remove: (tenant, id, ifRevision) => changed(core, connections.removeCredential(tenant, id, 'store', ifRevision)),
    test: async (tenant, id) => testReport([await changed(core, connections.testCredential(tenant, id))]),
  };
}

function modelServices(core: Core): ControlServices['models'] {
  const { connections, store } = core;
  return {
    list: async (tenant, connectionId) => {
      requireFound(await store.connections.get(tenant, connectionId));
      return connections.listModels(tenant, connectionId);
    },
    get: (tenant, id) => store.models.get(tenant, id),
    add: async (tenant, connectionId, input) => {
      const model = await changed(core, connections.addModel(tenant, { ...input, connectionId }));
      await keepPrices(core, []);
      return model;
    },
    setState: (tenant, id, state) => changed(core, connections.setModelState(tenant, id, state)),
    remove: (tenant, id) => changed(core, connections.removeModel(tenant, id)),
  };
}

/** What the data plane stores is loaded anew after every change of a policy. */
function contentServices(core: Core): ControlServices['contents'] {
  const { contents } = core;
  return { ...contents, changePolicy: (...change) => changed(core, contents.changePolicy(...change)) };
}

function aliasServices(core: Core): ControlServices['aliases'] {
  const { store, newId } = core;
  return {
    list: (tenant) => store.aliases.list(tenant),
    create: async (tenant, input) => {
      const alias = { ...tenant, ...input, id: newId('alias'), source: 'store' as const };
      await changed(core, store.aliases.insert(tenant, alias));
      return alias;
    },
    remove: async (tenant, id) => {
      requireMutable((await store.aliases.list(tenant)).find((alias) => alias.id === id));
      await changed(core, store.aliases.remove(tenant, id));
    },
  };
}

function identityServices(core: Core): ControlServices['identityOverrides'] {
  const { store, newId, catalogue } = core;
  return {
    list: (tenant) => store.identityOverrides.list(tenant),
    create: async (tenant, input) => {
      if (catalogue.current().find(input.providerId) === undefined) {
        throw new GatewayError('request.invalid', { message: 'There is no such provider.', param: 'provider_id' });
      }
      const override = { ...tenant, ...input, id: newId('over'), source: 'store' as const };
      await changed(core, store.identityOverrides.insert(tenant, override));
      return override;
    },
    remove: async (tenant, id) => {
      requireMutable((await store.identityOverrides.list(tenant)).find((override) => override.id === id));
      await changed(core, store.identityOverrides.remove(tenant, id));
    },
  };
}

function requireMutable(row: { readonly source: string } | undefined): void {
  if (requireFound(row).source !== 'store') throw new GatewayError('resource.read_only');
}

function priceServices(core: Core): PriceServices {
  const { store, clock, catalogue, snapshot } = core;
  return {
    inForce: async () =>
      offersAt(snapshot.current, clock.now()).map(({ cost, ...offer }) => ({ ...offer, card: cost?.card })),
    history: async (_tenant, { providerId, model }) => {
      const cards = (await store.rateCards.list()).filter(
        (card) => card.providerId === providerId && card.model === model,
      );
      return cards.toSorted((a, b) => b.effectiveFrom - a.effectiveFrom || b.version - a.version);
    },
    set: async (_tenant, { providerId, model, effectiveFrom, prices }) => {
      const entry = catalogue.current().find(providerId);
      if (entry === undefined) throw new GatewayError('resource.not_found', { param: 'provider' });
      const now = clock.now();
      const candidate: CardCandidate = {
        providerId: entry.id,
        model,
        source: 'operator',
        effectiveFrom: effectiveFrom ?? now,
        prices,
      };
      const stored = await store.rateCards.list();
      const [card] = successorCards(stored, [candidate], now);
      if (card === undefined) return requireFound(latestOperatorCard(stored, candidate));
      await changed(core, store.rateCards.insert([card]));
      return card;
    },
  };
}

/** The card that says already what was asked for. */
function latestOperatorCard(stored: Awaited<ReturnType<Core['store']['rateCards']['list']>>, candidate: CardCandidate) {
  const own = stored.filter(
    (card) => card.source === 'operator' && card.providerId === candidate.providerId && card.model === candidate.model,
  );
  return own.toSorted((a, b) => b.version - a.version)[0];
}

function keyServices(core: Core): ControlServices['keys'] {
  const { keys } = core;
  return {
    list: keys.list,
    get: keys.get,
    create: (...input) => changed(core, keys.create(...input)),
    update: (...input) => changed(core, keys.update(...input)),
    rotate: (...input) => changed(core, keys.rotate(...input)),
    revoke: (...input) => changed(core, keys.revoke(...input)),
    remove: (...input) => changed(core, keys.remove(...input)),
  };
}

function probeServices({ http, catalogue, connections }: Core): ProbeServices {
  const probe = createServerProbe({ http, catalogue, connections });
  return {
    probe: async ({ baseUrl, secret }) => {
      const { entry, models, steps } = await probe.probe({ baseUrl, secret });
      return {
        baseUrl: entry.baseUrl,
        dialect: entry.speaks[0]?.dialect,
        results: steps.map(({ tried, what, error }) => ({
          credentialId: undefined,
          step: tried,
          ok: error === undefined,
          httpStatus: undefined,
          latencyMs: undefined,
          message: error ?? what,
        })),
        models,
        proposedEntry: documentOf(entry),
      };
    },
  };
}
