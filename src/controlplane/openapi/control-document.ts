import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import type { RouteOptions } from 'fastify';
import { createJsonSchemaTransform, createJsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { isOfInstallation } from '../../identity/roles.ts';
import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '../../kernel/json.ts';
import { ruleSchema } from '../access-rules/schema.ts';
import { aliasSchema } from '../aliases/schema.ts';
import { auditActSchema, auditVerdictSchema } from '../audit/schema.ts';
import { userSchema } from '../auth/schema.ts';
import { differenceSchema, providerDetailSchema, providerSchema } from '../catalogue/schema.ts';
import { configOutcomeSchema } from '../config/schema.ts';
import { connectionSchema, refreshSchema, testReportSchema } from '../connections/schema.ts';
import { credentialSchema } from '../credentials/schema.ts';
import { errorSchema } from '../errors.ts';
import { deletedSchema, jsonField } from '../fields.ts';
import { guardrailSchema } from '../guardrails/schema.ts';
import { identityOverrideSchema } from '../identity-overrides/schema.ts';
import { installationSchema } from '../installation/schema.ts';
import { invitationSchema } from '../invitations/schema.ts';
import { createdKeySchema, keySchema } from '../keys/schema.ts';
import { limitSchema } from '../limits/schema.ts';
import { madeManagementKeySchema, managementKeySchema } from '../management-keys/schema.ts';
import { meSchema, sessionSchema } from '../me/schema.ts';
import { memberSchema } from '../members/schema.ts';
import { routeSchema } from '../model-routes/schema.ts';
import { modelSchema } from '../models/schema.ts';
import { notificationSchema } from '../notifications/schema.ts';
import { organizationSchema } from '../organizations/schema.ts';
import { proposalSchema } from '../prices/proposal-schema.ts';
import { customerGroupSchema, offerSchema, priceRuleSchema } from '../prices/rule-schema.ts';
import { pricedModelSchema, rateCardSchema } from '../prices/schema.ts';
import { projectSchema } from '../projects/schema.ts';
import { isSafeMethod } from '../same-site.ts';
import { serviceAccountSchema } from '../service-accounts/schema.ts';
import { ssoCheckSchema, ssoConnectionSchema } from '../sso/schema.ts';
import { healthSchema, infoSchema } from '../system/schema.ts';
import { teamSchema } from '../teams/schema.ts';
import { requestDetailSchema, totalsSchema, usageRecordSchema } from '../usage/schema.ts';
import { vaultSchema } from '../vault/schema.ts';
import { deliverySchema, webhookSchema } from '../webhooks/schema.ts';

/** The answers that stand in the document under names of their own. */
const NAMED = {
  AccessRule: ruleSchema,
  Account: userSchema,
  Alias: aliasSchema,
  Route: routeSchema,
  AuditAct: auditActSchema,
  AuditVerdict: auditVerdictSchema,
  CatalogueDifference: differenceSchema,
  ConfigOutcome: configOutcomeSchema,
  Connection: connectionSchema,
  Credential: credentialSchema,
  Deleted: deletedSchema,
  Error: errorSchema,
  Health: healthSchema,
  HubInfo: infoSchema,
  IdentityOverride: identityOverrideSchema,
  Installation: installationSchema,
  Invitation: invitationSchema,
  Notification: notificationSchema,
  Webhook: webhookSchema,
  WebhookDelivery: deliverySchema,
  Json: jsonField,
  Guardrail: guardrailSchema,
  Limit: limitSchema,
  Member: memberSchema,
  MadeManagementKey: madeManagementKeySchema,
  MadeVirtualKey: createdKeySchema,
  ManagementKey: managementKeySchema,
  Model: modelSchema,
  Organization: organizationSchema,
  PricedModel: pricedModelSchema,
  ChargedPrice: offerSchema,
  CustomerGroup: customerGroupSchema,
  PriceProposal: proposalSchema,
  PriceRule: priceRuleSchema,
  Project: projectSchema,
  Provider: providerSchema,
  ProviderDetail: providerDetailSchema,
  RateCard: rateCardSchema,
  Refresh: refreshSchema,
  Me: meSchema,
  Session: sessionSchema,
  RequestDetail: requestDetailSchema,
  SsoConnection: ssoConnectionSchema,
  SsoCheck: ssoCheckSchema,
  ServiceAccount: serviceAccountSchema,
  Team: teamSchema,
  TestReport: testReportSchema,
  UsageRecord: usageRecordSchema,
  UsageTotals: totalsSchema,
  Vault: vaultSchema,
  VirtualKey: keySchema,
};

/** What the answers of each status are called in the document. */
const ANSWERS: Readonly<Record<string, string>> = {
  200: 'Done.',
  201: 'Made.',
  202: 'Begun.',
  '4XX': 'Refused; `error.code` says why.',
  '5XX': 'Failed; `error.code` says why.',
};

/** How the control plane's API document is made from its routes. */
export function controlDocumentOptions(): FastifyDynamicSwaggerOptions {
  const schemaRegistry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(NAMED)) schemaRegistry.add(schema, { id });
  const zodToJsonConfig = { override: describeLikeZod };
  const toJsonSchema = createJsonSchemaTransform({ schemaRegistry, zodToJsonConfig });
  return {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'AIGNE Hub control API',
        description:
          'Configures a hub: providers and their credentials, models, prices, virtual keys; and shows what was used. ' +
          'Calls are made by people who are signed in, with a management key, or with the admin token; the header ' +
          '`x-hub-organization` names the organization that a call is about. Answers are never cached. Times are ISO 8601 in UTC; money is decimal text.',
        version: '1',
      },
      components: {
        securitySchemes: {
          adminToken: { type: 'http', scheme: 'bearer', description: 'The installation’s own token.' },
          managementKey: { type: 'http', scheme: 'bearer', description: 'A key for programs, `sk-hub-mgmt-…`.' },
          session: {
            type: 'apiKey',
            in: 'cookie',
            name: '__Host-hub_session',
            description: 'A person who signed in; over plain HTTP on loopback the cookie is `hub_session`.',
          },
        },
      },
      tags: [
        { name: 'sign-in', description: 'How people get in: accounts, passwords, links in mails.' },
        { name: 'me', description: 'The person who is signed in.' },
        { name: 'connect', description: 'How AIGNE’s command line gets a key.' },
        { name: 'users', description: 'People’s accounts, for whoever runs the installation.' },
        { name: 'installation', description: 'How the hub looks to people, and who may sign up.' },
        { name: 'single sign-on', description: 'Providers that people sign in by.' },
        { name: 'audit', description: 'Who did what, when and from where.' },
        { name: 'organizations', description: 'All organizations, for who runs the hub.' },
        { name: 'organization', description: 'The organization that the call is about.' },
        { name: 'teams', description: 'Members who share projects.' },
        { name: 'rules', description: 'Which models, providers and regions may be used.' },
        { name: 'projects', description: 'What keys belong to and usage is counted for.' },
        { name: 'members', description: 'People in the organization, and what each may do.' },
        { name: 'invitations', description: 'Links that make whoever gets them by mail a member, once.' },
        { name: 'service-accounts', description: 'Machines in the organization, which hold keys of their own.' },
        { name: 'connections', description: 'Providers that are connected.' },
        { name: 'credentials', description: 'The secrets of a connection; write-only.' },
        { name: 'models', description: 'What the connections offer.' },
        { name: 'aliases', description: 'Names of the operator’s own for models.' },
        { name: 'routes', description: 'How names are served: by which deployments, in which order.' },
        { name: 'identity', description: 'Corrections of which upstream model is which.' },
        { name: 'prices', description: 'Rate cards, by version.' },
        { name: 'keys', description: 'Virtual keys of callers.' },
        { name: 'management keys', description: 'Keys for programs that call this API.' },
        { name: 'usage', description: 'What was called and what it cost.' },
        { name: 'customers', description: 'Organizations of a platform elsewhere, which sells them credit.' },
        { name: 'catalogue', description: 'Providers that can be connected.' },
        { name: 'vault', description: 'The encryption of stored secrets.' },
        { name: 'config', description: 'What hub.yaml declares.' },
        { name: 'system', description: 'The hub itself.' },
        { name: 'documents', description: 'These documents.' },
      ],
    },
    transform: (document) => withHeaders(toJsonSchema(document), document.route),
    transformObject: createJsonSchemaTransformObject({ schemaRegistry, zodToJsonConfig }),
  };
}

/**
 * The headers that a route takes. They are read by hooks of all routes, so that no schema of a route names them, which
 * would have Fastify check the other headers by it, too.
 */
function withHeaders(
  transformed: ReturnType<ReturnType<typeof createJsonSchemaTransform>>,
  route: Pick<RouteOptions, 'method' | 'config'>,
): typeof transformed {
  const { schema, url } = transformed;
  const { auth, takesRevision = false } = route.config ?? {};
  if (auth === undefined || auth === 'public' || schema === undefined) return transformed;
  const isWrite = [route.method].flat().some((method) => !isSafeMethod(method));
  const properties = {
    ...(auth === 'person' || isOfInstallation(auth) ? {} : { 'x-hub-organization': ORGANIZATION_HEADER }),
    ...(isWrite ? { 'idempotency-key': IDEMPOTENCY_HEADER } : {}),
    ...(takesRevision ? { 'if-match': REVISION_HEADER } : {}),
  };
  // What the document generator reads of a schema is plain JSON schema by now.
  return { schema: { ...schema, headers: { type: 'object', properties } }, url };
}

const ORGANIZATION_HEADER = {
  type: 'string',
  maxLength: 128,
  description: 'The organization that the call is about; missing: the caller’s own.',
};
const IDEMPOTENCY_HEADER = {
  type: 'string',
  minLength: 1,
  maxLength: 255,
  description:
    'Has the change made once: sent again within 24 hours with the same body, it gets the first answer again, with `idempotency-replayed: true`.',
};
const REVISION_HEADER = {
  type: 'string',
  description: 'An `ETag`: the change is made only while that is the revision, or else refused with 412.',
};

/** Carries the descriptions and examples of the fields over; a date's pattern says no more than its format and is left out. */
function describeLikeZod({
  zodSchema,
  jsonSchema,
}: {
  readonly zodSchema: z.core.$ZodType;
  readonly jsonSchema: z.core.JSONSchema.BaseSchema;
}): void {
  const { description, examples } = z.globalRegistry.get(zodSchema) ?? {};
  if (description !== undefined) jsonSchema.description = description;
  if (Array.isArray(examples)) jsonSchema.examples = examples;
  if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
}

/** The document as it is served: words in place of the generator's own, and no component that nothing refers to. */
export function finishDocument(generated: object): { readonly openapi: string } & JsonObject {
  const document = parseJson(JSON.stringify(generated));
  if (!isJsonObject(document)) throw new TypeError('the API document is no object');
  for (const operation of operationsOf(document)) {
    for (const [status, response] of entriesOf(operation['responses'])) {
      response['description'] = ANSWERS[status] ?? 'An answer.';
    }
  }
  const components = document['components'];
  const schemas = isJsonObject(components) ? components['schemas'] : undefined;
  if (isJsonObject(schemas)) {
    const paths = JSON.stringify(document['paths']);
    for (const name of Object.keys(schemas)) {
      if (paths.includes(reference(name))) continue;
      if (JSON.stringify({ ...schemas, [name]: undefined }).includes(reference(name))) continue;
      delete schemas[name];
    }
  }
  return { ...document, openapi: '3.1.0' };
}

function reference(name: string): string {
  return `"#/components/schemas/${name}"`;
}

function operationsOf(document: JsonObject): readonly JsonObject[] {
  return entriesOf(document['paths']).flatMap(([, methods]) => entriesOf(methods).map(([, operation]) => operation));
}

function entriesOf(value: JsonValue | undefined): readonly (readonly [string, JsonObject])[] {
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([key, entry]) => (isJsonObject(entry) ? [[key, entry] as const] : []));
}
