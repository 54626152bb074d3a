import type { AuthScheme } from './schema.ts';

/** One bounded call to a provider, off the hot path. The credential is put into the request where it is sent. */
export type ProviderCall = {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  /** Lower-cased names; never the credential. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly auth: AuthScheme;
  /** The opened secret; `undefined` sends the call without one. */
  readonly secret: string | undefined;
  /** From the first attempt to connect until the last byte. */
  readonly timeoutMs: number;
  readonly responseBytesMax: number;
};

/** A whole answer of any status. */
export type ProviderAnswer = { readonly status: number; readonly body: Buffer };

/** Sends calls to providers. */
export type ProviderHttp = {
  /** @throws GatewayError `upstream.*` or `egress.blocked` when no whole answer came within the bounds */
  readonly request: (call: ProviderCall) => Promise<ProviderAnswer>;
};

/** A chat in a provider's own form. `path` is joined to what the way's path is joined to. */
export type WrittenChat = {
  readonly path: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

/** Writes the smallest chat there is in a wire format; `undefined` for one in which the hub asks no provider. */
export type WriteSmallestChat = (
  way: { readonly dialect: string; readonly path: string },
  model: string,
) => WrittenChat | undefined;

/** What a sealed credential is bound to: it opens for this row and this address only. */
export type CredentialBinding = {
  readonly organizationId: string;
  readonly table: 'credentials';
  readonly rowId: string;
  readonly field: 'secret';
  readonly baseUrl: string;
};

/** Seals and opens secrets. */
export type SecretVault = {
  readonly seal: (text: string, binding: CredentialBinding) => string | Promise<string>;
  /** @throws GatewayError `vault.undecryptable` */
  readonly open: (sealed: string, binding: CredentialBinding) => string | Promise<string>;
};

/** Says in the log what happened; facts never hold a secret. */
export type Note = (level: 'info' | 'warn', message: string, facts: Readonly<Record<string, unknown>>) => void;
