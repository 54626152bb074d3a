import type { Transaction } from 'kysely';
import type { ConfigurationState } from '../../protocol/configuration.ts';
import type { ConfigurationStore } from '../../snapshot/ports.ts';
import type { StoreDatabase } from '../database.ts';
import type { Schema } from '../schema.ts';
import { toAccessRule } from './access-rules.ts';
import { toConnection } from './connections.ts';
import { toContentPolicy } from './contents.ts';
import { toCredential } from './credentials.ts';
import { toGuardrail } from './guardrails.ts';
import { toVirtualKey } from './identity.ts';
import { toLimit } from './limits.ts';
import { readModelOffers } from './model-offers.ts';
import { toModel } from './models.ts';
import { toAlias, toIdentityOverride } from './names.ts';
import { toInstallation, toOrganization, toProject } from './organizations.ts';
import { readCustomerGroupMembers, readPriceRules } from './price-rules.ts';
import { toRateCard } from './rate-cards.ts';
import { toRoute } from './routes.ts';

/** The whole configuration of all tenants, which the snapshot is compiled from. */
export function createConfigurationStore(database: StoreDatabase): ConfigurationStore {
  return {
    version: () =>
      database.read(async (reading) => {
        const row = await reading.selectFrom('config_version').select('version').executeTakeFirstOrThrow();
        return row.version;
      }),
    load: () => load(database),
    onHint: (changed) => database.onHint(changed),
  };
}

async function load(database: StoreDatabase): Promise<ConfigurationState> {
  return await database.readTogether(async (view) => {
    const { version } = await view.selectFrom('config_version').select('version').executeTakeFirstOrThrow();
    const keys = await view.selectFrom('virtual_keys').selectAll().orderBy('id').execute();
    const connections = await view.selectFrom('connections').selectAll().orderBy('position').orderBy('id').execute();
    const credentials = await view.selectFrom('credentials').selectAll().orderBy('created_at').orderBy('id').execute();
    const models = await view
      .selectFrom('models')
      .selectAll()
      .orderBy('connection_id')
      .orderBy('upstream_model')
      .execute();
    const aliases = await view.selectFrom('model_aliases').selectAll().orderBy('id').execute();
    const routes = await view.selectFrom('routes').selectAll().orderBy('id').execute();
    const overrides = await view.selectFrom('identity_overrides').selectAll().orderBy('id').execute();
    const cards = await view.selectFrom('rate_cards').selectAll().orderBy('id').execute();
    const priceRules = await readPriceRules(view);
    const customerGroupMembers = await readCustomerGroupMembers(view);
    const modelOffers = await readModelOffers(view);
    const entries = await view
      .selectFrom('catalogue_entries')
      .select(['id', 'document', 'source'])
      .orderBy('id')
      .execute();
    const organizations = await view.selectFrom('organizations').selectAll().orderBy('id').execute();
    const projects = await view.selectFrom('projects').selectAll().orderBy('id').execute();
    const rules = await view.selectFrom('access_rules').selectAll().orderBy('id').execute();
    const guardrails = await view.selectFrom('guardrails').selectAll().orderBy('id').execute();
    const limits = await view.selectFrom('limits').selectAll().orderBy('id').execute();
    const contentPolicies = await view.selectFrom('content_policies').selectAll().execute();
    const installation = await view
      .selectFrom('installation')
      .select(['document', 'revision'])
      .executeTakeFirstOrThrow();
    return {
      version,
      organizations: organizations.map(toOrganization),
      projects: projects.map(toProject),
      accessRules: rules.map(toAccessRule),
      guardrails: guardrails.map(toGuardrail),
      limits: limits.map(toLimit),
      contentPolicies: contentPolicies.map(toContentPolicy),
      inactiveOwners: await inactiveOwners(view),
      installation: toInstallation(installation),
      keys: keys.map(toVirtualKey),
      connections: connections.map(toConnection),
      credentials: credentials.map(toCredential),
      models: models.map(toModel),
      aliases: aliases.map(toAlias),
      routes: routes.map(toRoute),
      identityOverrides: overrides.map(toIdentityOverride),
      rateCards: cards.map(toRateCard),
      priceRules,
      customerGroupMembers,
      modelOffers,
      catalogueEntries: entries,
    };
  });
}

/** Members who are suspended here or everywhere, and service accounts that are switched off. */
async function inactiveOwners(view: Transaction<Schema>): Promise<ReadonlySet<string>> {
  const members = await view
    .selectFrom('members')
    .innerJoin('users', 'users.id', 'members.user_id')
    .select('members.id')
    .where((row) => row.or([row('members.state', '!=', 'active'), row('users.state', '!=', 'active')]))
    .execute();
  const accounts = await view.selectFrom('service_accounts').select('id').where('state', '!=', 'active').execute();
  return new Set([...members, ...accounts].map(({ id }) => id));
}
