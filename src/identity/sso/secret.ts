import { type SsoConnection, ssoSecretAddress } from '../../protocol/sso.ts';
import type { SsoSecretBinding } from './ports.ts';

/** What a connection's secret is sealed to: a changed address opens nothing, and asks for the secret again. */
export function ssoBinding(
  connection: Pick<SsoConnection, 'id' | 'organizationId' | 'issuer' | 'endpoints'>,
): SsoSecretBinding {
  return {
    organizationId: connection.organizationId ?? '',
    table: 'sso_connections',
    rowId: connection.id,
    field: 'secret',
    baseUrl: ssoSecretAddress(connection),
  };
}
