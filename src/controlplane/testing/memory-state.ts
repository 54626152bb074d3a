import type { IdempotencyRecord, StoredManagementKey } from '../../identity/ports.ts';
import { GatewayError } from '../../kernel/errors.ts';
import type { MemoryLedger } from '../../ledger/testing/memory-store.ts';
import type { AuditAct, AuditEnding } from '../../protocol/audit.ts';
import type {
  AliasRow,
  ConnectionRow,
  CredentialRow,
  IdentityOverrideRow,
  ModelRow,
  VirtualKeyRow,
} from '../../protocol/configuration.ts';
import type { Project } from '../../protocol/people.ts';
import type { RateCard } from '../../protocol/rate-card.ts';
import type { RequestOutcome } from '../../protocol/records.ts';
import type { CatalogueProvider } from '../services.ts';
import type { MemoryPeople } from './memory-people.ts';

/** The token that the services of tests accept. */
export const TEST_ADMIN_TOKEN = 'test-admin-token';
export const TEST_TENANT = { organizationId: 'org_test', projectId: 'proj_test' };
export const TEST_NOW = Date.UTC(2026, 0, 2, 3, 4, 5);

/** What the services of a test hold; tests look into it and put things there. */
export type MemoryState = {
  readonly connections: Map<string, ConnectionRow>;
  readonly credentials: Map<string, CredentialRow>;
  /** Secrets as the vault would hold them: apart from every row that is answered. */
  readonly secrets: Map<string, string>;
  readonly models: Map<string, ModelRow>;
  readonly aliases: Map<string, AliasRow>;
  readonly overrides: Map<string, IdentityOverrideRow>;
  readonly cards: RateCard[];
  readonly keys: Map<string, VirtualKeyRow>;
  readonly managementKeys: Map<string, StoredManagementKey>;
  readonly projects: Map<string, Project>;
  /** Requests that were sent with a key, by the hash of it. */
  readonly onceDone: Map<string, IdempotencyRecord & { expiresAt: number }>;
  readonly outcomes: RequestOutcome[];
  readonly providers: Map<string, CatalogueProvider>;
  readonly people: MemoryPeople;
  readonly ledger: MemoryLedger;
  readonly reported: unknown[];
  readonly acts: { readonly act: AuditAct; readonly ending: AuditEnding | undefined }[];
};

/** @throws resource.not_found */
export function existing<Row>(rows: ReadonlyMap<string, Row>, id: string): Row {
  const row = rows.get(id);
  if (row === undefined) throw new GatewayError('resource.not_found');
  return row;
}
