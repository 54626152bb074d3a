import { nanoUsd } from '../../kernel/money.ts';
import { DEFAULT_BROKEN_STREAM_POLICY } from '../../protocol/broken-streams.ts';
import {
  type ConnectionRow,
  type CredentialRow,
  type ModelFacts,
  type ModelRow,
  PLAIN_CONNECTION,
  PLAIN_KEY,
  type VirtualKeyRow,
} from '../../protocol/configuration.ts';
import type { AccessLists, AccessRule, Organization, Project } from '../../protocol/people.ts';
import type { RequestOutcome, UsageRecord } from '../../protocol/records.ts';
import type { SsoConnection } from '../../protocol/sso.ts';
import { NO_USAGE } from '../../protocol/usage.ts';
import { DEFAULT_TENANT } from '../default-tenant.ts';

/** Example rows for tests: valid, with every optional field empty unless the test fills it. */

export function virtualKey(id: string, fields: Partial<VirtualKeyRow> = {}): VirtualKeyRow {
  return {
    ...DEFAULT_TENANT,
    ...PLAIN_KEY,
    id,
    name: `key ${id}`,
    hash: `hash-of-${id}`,
    masked: 'sk-hub-…abcd',
    allowedModels: undefined,
    refusesLosses: false,
    enabled: true,
    expiresAt: undefined,
    revokedAt: undefined,
    createdAt: 1_000,
    lastUsedAt: undefined,
    source: 'store',
    ...fields,
  };
}

export function connection(id: string, fields: Partial<ConnectionRow> = {}): ConnectionRow {
  return {
    ...DEFAULT_TENANT,
    ...PLAIN_CONNECTION,
    id,
    name: `connection-${id}`,
    providerId: 'openai',
    baseUrl: 'https://api.example.com/v1',
    enabled: true,
    newModelPolicy: 'enabled',
    position: 0,
    source: 'store',
    createdAt: 1_000,
    updatedAt: 1_000,
    refreshedAt: undefined,
    refreshError: undefined,
    ...fields,
  };
}

export function credential(id: string, connectionId: string, fields: Partial<CredentialRow> = {}): CredentialRow {
  return {
    ...DEFAULT_TENANT,
    revision: 1,
    id,
    connectionId,
    name: `credential ${id}`,
    sealed: 'hv1:1:AAAA',
    masked: 'sk-…wxyz',
    weight: 1,
    state: 'active',
    stateReason: undefined,
    stateChangedAt: undefined,
    useCount: 0,
    lastUsedAt: undefined,
    lastError: undefined,
    lastErrorAt: undefined,
    source: 'store',
    createdAt: 1_000,
    ...fields,
  };
}

export function organization(id: string, fields: Partial<Organization> = {}): Organization {
  return {
    id,
    name: `organization ${id}`,
    kind: 'standard',
    state: 'active',
    stateReason: undefined,
    stateChangedAt: undefined,
    ownCredentialsAllowed: undefined,
    ownCredentialsUse: 'first',
    brokenStreamPolicy: DEFAULT_BROKEN_STREAM_POLICY,
    brand: {},
    externalId: undefined,
    createdAt: 1_000,
    revision: 1,
    ...fields,
  };
}

export function project(id: string, fields: Partial<Project> = {}): Project {
  return {
    id,
    organizationId: DEFAULT_TENANT.organizationId,
    teamId: undefined,
    name: `project ${id}`,
    isDefault: true,
    archivedAt: undefined,
    createdAt: 1_000,
    revision: 1,
    ...fields,
  };
}

export function accessRule(
  key: Pick<AccessRule, 'organizationId' | 'scope' | 'scopeId'>,
  lists: Partial<AccessLists> = {},
): AccessRule {
  return {
    ...key,
    allowedModels: undefined,
    deniedModels: undefined,
    allowedProviders: undefined,
    deniedProviders: undefined,
    allowedRegions: undefined,
    deniedRegions: undefined,
    updatedAt: 1_000,
    revision: 1,
    ...lists,
  };
}

export const NO_FACTS: ModelFacts = {
  displayName: undefined,
  contextTokens: undefined,
  maxOutputTokens: undefined,
  inputModalities: undefined,
  outputModalities: undefined,
  embeddingDimensions: undefined,
  createdAt: undefined,
};

export function model(id: string, connectionId: string, fields: Partial<ModelRow> = {}): ModelRow {
  return {
    ...DEFAULT_TENANT,
    id,
    connectionId,
    upstreamModel: `model-${id}`,
    state: 'enabled',
    origin: 'manual',
    facts: NO_FACTS,
    firstSeenAt: 1_000,
    lastSeenAt: 1_000,
    withdrawnAt: undefined,
    ...fields,
  };
}

/** A request's two records; `number` makes the ids and the time. */
export function outcome(number: number, fields: Partial<UsageRecord> = {}): RequestOutcome {
  const suffix = String(number).padStart(26, '0');
  const usage: UsageRecord = {
    ...DEFAULT_TENANT,
    id: `ur_${suffix}`,
    requestId: `req_${suffix}`,
    startedAt: 1_700_000_000_000 + number,
    memberId: undefined,
    serviceAccountId: undefined,
    keyId: 'vk_one',
    connectionId: 'conn_one',
    credentialId: 'cred_one',
    providerId: 'openai',
    application: 'vk_one',
    endUser: undefined,
    tags: undefined,
    clientRequestId: undefined,
    traceparent: undefined,
    operation: 'chat',
    streamed: false,
    requestedModel: 'gpt-example',
    routedModel: 'gpt-example',
    servedModel: 'gpt-example-2026-01-01',
    usage: { ...NO_USAGE, inputTokens: 10, outputTokens: 5 },
    usageBasis: 'reported',
    costNano: nanoUsd(1_500n),
    rateCardId: 'rc_one',
    rateCardVersion: 1,
    finishReason: 'stop',
    status: 'success',
    httpStatus: 200,
    errorCode: undefined,
    firstByteMs: 12.5,
    durationMs: 40.25,
    overheadMs: 0.75,
    requestBytes: 1200,
    responseBytes: 900,
    instanceId: 'inst_one',
    ...fields,
  };
  return {
    usage,
    request: {
      organizationId: usage.organizationId,
      projectId: usage.projectId,
      id: usage.id,
      requestId: usage.requestId,
      startedAt: usage.startedAt,
      attempts: [
        {
          connectionId: 'conn_one',
          credentialId: 'cred_one',
          providerId: 'openai',
          routedModel: 'gpt-example',
          startedMs: 0.5,
          headersMs: 11,
          firstByteMs: 12.5,
          endedMs: 40,
          httpStatus: 200,
          outcome: 'success',
          errorCode: undefined,
          upstreamMessage: undefined,
          upstreamRequestId: 'up_1',
        },
      ],
      losses: [],
      errorMessage: undefined,
      userAgent: 'example/1.0',
      clientAddress: '127.0.0.1',
    },
  };
}

export function ssoConnection(id: string, fields: Partial<SsoConnection> = {}): SsoConnection {
  return {
    id,
    organizationId: DEFAULT_TENANT.organizationId,
    name: `single sign-on ${id}`,
    kind: 'oidc',
    preset: undefined,
    issuer: 'https://login.example.com',
    endpoints: undefined,
    clientId: 'hub',
    sealed: undefined,
    scopes: ['openid', 'email'],
    claims: {
      subject: 'sub',
      email: 'email',
      emailVerified: { by: 'claim', claim: 'email_verified' },
      name: 'name',
      groups: undefined,
    },
    domains: [],
    groupRoles: {},
    defaultRole: undefined,
    joins: 'none',
    isEnforced: false,
    state: 'active',
    createdAt: 1_000,
    revision: 1,
    ...fields,
  };
}
