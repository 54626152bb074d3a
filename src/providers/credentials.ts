import { GatewayError } from '../kernel/errors.ts';
import { unfit } from '../kernel/invalid.ts';
import type { ConnectionRow, CredentialRow, Source } from '../protocol/configuration.ts';
import type { Tenant } from '../protocol/tenant.ts';
import {
  bindingOf,
  type ConnectionContext,
  requireConnected,
  requireCredential,
  requireMutable,
  requireRevision,
  requireWritten,
} from './connection-context.ts';
import { cleanSecret, maskSecret } from './secrets.ts';

/** The most credentials of one connection. */
export const CREDENTIALS_MAX = 100;
export const WEIGHT_MAX = 1000;
const WEIGHT_USUAL = 100;
const NAME_CHARACTERS_MAX = 100;
const REASON_CHARACTERS_MAX = 400;

/** A credential as it may be shown: everything but the sealed secret. */
export type CredentialView = Omit<CredentialRow, 'sealed'>;

/** What a test of one credential, or of an address that needs none, found. */
export type CredentialTest = {
  readonly credentialId: string | undefined;
  /** How it was tried; `undefined` when it did not come to that. */
  readonly by: 'check' | 'list' | 'chat' | undefined;
  readonly durationMs: number;
  /** How many models the provider listed. */
  readonly modelCount: number | undefined;
  /** Why it failed; `undefined` when it works. */
  readonly error: GatewayError | undefined;
};

export type CredentialService = {
  /** @throws GatewayError `resource.not_found`, `resource.read_only`, `resource.conflict`, `request.invalid` */
  readonly addCredential: (
    tenant: Tenant,
    input: {
      readonly connectionId: string;
      readonly secret: string;
      readonly name?: string | undefined;
      readonly weight?: number | undefined;
      readonly source?: Source | undefined;
    },
  ) => Promise<CredentialView>;
  readonly listCredentials: (tenant: Tenant, connectionId: string) => Promise<readonly CredentialView[]>;
  /** Seals a new secret; a credential that was set aside is used again. @throws GatewayError */
  readonly replaceSecret: (
    tenant: Tenant,
    input: {
      readonly credentialId: string;
      readonly secret: string;
      readonly ifRevision?: number | undefined;
      readonly by?: Source;
    },
  ) => Promise<CredentialView>;
  /** Renames, weighs, disables or enables. @throws GatewayError */
  readonly updateCredential: (
    tenant: Tenant,
    input: {
      readonly credentialId: string;
      readonly name?: string | undefined;
      readonly weight?: number | undefined;
      readonly enabled?: boolean | undefined;
      /** The revision that the caller has read; missing: whichever it has. */
      readonly ifRevision?: number | undefined;
      readonly by?: Source;
    },
  ) => Promise<CredentialView>;
  /** @throws GatewayError `resource.not_found`, `resource.read_only`, `resource.changed` */
  readonly removeCredential: (tenant: Tenant, credentialId: string, by?: Source, ifRevision?: number) => Promise<void>;
  /** Takes a credential out of use because its provider refused it. Does nothing when it is not in use. */
  readonly setAside: (tenant: Tenant, credentialId: string, reason: string) => Promise<void>;
};

export function createCredentialService(context: ConnectionContext): CredentialService {
  const { credentials, vault, clock } = context;

  const view = async (tenant: Tenant, id: string): Promise<CredentialView> =>
    withoutSealed(await requireCredential(context, tenant, id));

  return {
    addCredential: async (tenant, input) => await addCredential(context, tenant, input),

    listCredentials: async (tenant, connectionId) => (await credentials.list(tenant, connectionId)).map(withoutSealed),

    replaceSecret: async (tenant, { credentialId, secret, ifRevision, by = 'store' }) => {
      const credential = await requireCredential(context, tenant, credentialId);
      requireMutable(credential, by);
      requireRevision(credential, ifRevision);
      const { connection } = await requireConnected(context, tenant, credential.connectionId);
      const clean = cleanSecret(secret);
      const sealed = await vault.seal(clean, bindingOf(tenant, credential.id, connection.baseUrl));
      const restored = credential.state === 'set_aside' ? stateChange('active', undefined, clock.now()) : {};
      const change = { sealed, masked: maskSecret(clean), ...restored };
      requireWritten(await credentials.update(tenant, credential.id, change, ifRevision), ifRevision);
      return await view(tenant, credential.id);
    },

    updateCredential: async (tenant, { credentialId, name, weight, enabled, ifRevision, by = 'store' }) => {
      const credential = await requireCredential(context, tenant, credentialId);
      requireMutable(credential, by);
      requireRevision(credential, ifRevision);
      const state = enabled === undefined ? undefined : enabled ? 'active' : 'disabled';
      // An operator's "enabled" also takes back what was set aside; the next refusal sets it aside again.
      const restated =
        state === undefined || state === credential.state ? {} : stateChange(state, undefined, clock.now());
      if (name !== undefined) await requireFreeName(context, tenant, credential, cleanName(name));
      const change = {
        ...(name === undefined ? {} : { name: cleanName(name) }),
        ...(weight === undefined ? {} : { weight: cleanWeight(weight) }),
        ...restated,
      };
      requireWritten(await credentials.update(tenant, credential.id, change, ifRevision), ifRevision);
      return await view(tenant, credential.id);
    },

    removeCredential: async (tenant, credentialId, by, ifRevision) => {
      const credential = await requireCredential(context, tenant, credentialId);
      requireMutable(credential, by ?? 'store');
      requireRevision(credential, ifRevision);
      requireWritten(await credentials.remove(tenant, credential.id, ifRevision), ifRevision);
    },

    setAside: async (tenant, credentialId, reason) => {
      const credential = await credentials.get(tenant, credentialId);
      if (credential?.state === 'active') await setCredentialAside(context, tenant, credential, reason);
    },
  };
}

async function addCredential(
  context: ConnectionContext,
  tenant: Tenant,
  input: Parameters<CredentialService['addCredential']>[1],
): Promise<CredentialView> {
  const { connection, entry } = await requireConnected(context, tenant, input.connectionId);
  requireMutable(connection, input.source ?? 'store');
  if (entry.auth.scheme === 'none') throw unfit('secret', `${entry.name} takes no secret.`);
  const present = await context.credentials.list(tenant, connection.id);
  if (present.length >= CREDENTIALS_MAX) {
    throw unfit('connectionId', `A connection has at most ${CREDENTIALS_MAX} credentials.`);
  }
  const name = cleanName(input.name ?? freeName(present));
  if (present.some((other) => other.name === name)) {
    throw new GatewayError('resource.conflict', { param: 'name', details: { name } });
  }
  const row = await sealCredential(context, tenant, connection, { ...input, name });
  await context.credentials.insert(tenant, row);
  return withoutSealed(row);
}

/** Seals a new credential of a connection into a row; does not store it. @throws GatewayError `request.invalid` */
export async function sealCredential(
  context: ConnectionContext,
  tenant: Tenant,
  connection: Pick<ConnectionRow, 'id' | 'baseUrl'>,
  input: {
    readonly name: string;
    readonly secret: string;
    readonly weight?: number | undefined;
    readonly source?: Source | undefined;
  },
): Promise<CredentialRow> {
  const secret = cleanSecret(input.secret);
  const id = context.newId('cred');
  return {
    organizationId: tenant.organizationId,
    projectId: tenant.projectId,
    id,
    connectionId: connection.id,
    name: cleanName(input.name),
    sealed: await context.vault.seal(secret, bindingOf(tenant, id, connection.baseUrl)),
    masked: maskSecret(secret),
    weight: cleanWeight(input.weight ?? WEIGHT_USUAL),
    state: 'active',
    stateReason: undefined,
    stateChangedAt: undefined,
    useCount: 0,
    lastUsedAt: undefined,
    lastError: undefined,
    lastErrorAt: undefined,
    source: input.source ?? 'store',
    revision: 1,
    createdAt: context.clock.now(),
  };
}

/** Marks a credential as refused by its provider. */
export async function setCredentialAside(
  context: ConnectionContext,
  tenant: Tenant,
  credential: CredentialRow,
  reason: string,
): Promise<void> {
  const bounded = reason.slice(0, REASON_CHARACTERS_MAX);
  await context.credentials.update(tenant, credential.id, stateChange('set_aside', bounded, context.clock.now()));
  context.note('warn', 'credential set aside', {
    credentialId: credential.id,
    connectionId: credential.connectionId,
    reason: bounded,
  });
}

/** Why a provider refused a credential, in its own words. */
export function refusalReason(error: GatewayError): string {
  return `${error.upstream?.status ?? 401}: ${error.upstream?.message ?? error.message}`;
}

/** A credential's new state, with the reason and the time. */
export function stateChange(state: CredentialRow['state'], stateReason: string | undefined, stateChangedAt: number) {
  return { state, stateReason, stateChangedAt };
}

async function requireFreeName(
  context: ConnectionContext,
  tenant: Tenant,
  credential: CredentialRow,
  name: string,
): Promise<void> {
  const siblings = await context.credentials.list(tenant, credential.connectionId);
  if (siblings.some((other) => other.id !== credential.id && other.name === name)) {
    throw new GatewayError('resource.conflict', { param: 'name', details: { name } });
  }
}

function withoutSealed(row: CredentialRow): CredentialView {
  const { sealed: _, ...view } = row;
  return view;
}

function freeName(present: readonly CredentialRow[]): string {
  const names = new Set(present.map((row) => row.name));
  for (let number = 1; ; number += 1) if (!names.has(`credential-${number}`)) return `credential-${number}`;
}

function cleanName(name: string): string {
  const clean = name.trim();
  if (clean === '' || clean.length > NAME_CHARACTERS_MAX || /\p{Cc}/u.test(clean)) {
    throw unfit('name', `A name has 1 to ${NAME_CHARACTERS_MAX} printable characters.`);
  }
  return clean;
}

function cleanWeight(weight: number): number {
  if (Number.isInteger(weight) && weight >= 1 && weight <= WEIGHT_MAX) return weight;
  throw unfit('weight', `A weight is a whole number from 1 to ${WEIGHT_MAX}.`);
}
