/** What a connection's secret is sealed to: the vault opens it for this row, organization and address alone. */
export type SsoSecretBinding = {
  /** Empty for what belongs to the installation. */
  readonly organizationId: string;
  readonly table: 'sso_connections';
  readonly rowId: string;
  readonly field: 'secret';
  readonly baseUrl: string;
};

/** Keeps the secrets that providers gave us. */
export type SsoVault = {
  readonly seal: (secret: string, binding: SsoSecretBinding) => string;
  /** @throws GatewayError `vault.undecryptable` */
  readonly open: (sealed: string, binding: SsoSecretBinding) => string;
};

/** The one way out to providers: guarded, bounded, without redirects. */
export type SsoFetch = (
  url: string,
  options: {
    readonly method: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: unknown;
    readonly signal?: AbortSignal | undefined;
  },
) => Promise<Response>;

/** What is remembered of a sign-in while the person is at the provider. None of it is secret. */
export type SsoAttempt = {
  readonly connectionId: string;
  readonly redirectUri: string;
  readonly returnTo: string;
  readonly locale: string | undefined;
};

/** Sign-ins that are under way, each by the hash of what the browser holds, each taken at most once. */
export type SsoAttemptStore = {
  readonly put: (attempt: {
    readonly hash: string;
    readonly data: SsoAttempt;
    readonly createdAt: number;
    readonly expiresAt: number;
  }) => Promise<void>;
  /** Uses it up in one step; `undefined` when there is none, when it was used, or when its time is over. */
  readonly take: (hash: string, nowMs: number) => Promise<SsoAttempt | undefined>;
};
