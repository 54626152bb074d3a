import type { ModelFacts } from './configuration.ts';
import type { Operation } from './operation.ts';

/** Where and in which dialect a deployment takes an operation. */
export type Endpoint = {
  /** A wire format's name; only `openai-chat` is spoken so far. */
  readonly dialect: string;
  /** Path and query on the connection's origin. */
  readonly path: string;
  readonly quirks: EndpointQuirks;
};

/** Documented oddities of a provider, as data. A closed list: each has a test. */
export type EndpointQuirks = {
  /** The provider refuses `stream_options`; its streams report usage unasked, or not at all. */
  readonly noStreamOptions: boolean;
};

export type AuthScheme =
  | { readonly scheme: 'bearer' }
  | { readonly scheme: 'header'; readonly header: string }
  | { readonly scheme: 'none' }
  | { readonly scheme: 'aws-sigv4' };

/** A stored secret as the snapshot holds it: still sealed. */
export type SealedCredential = {
  readonly id: string;
  readonly sealed: string;
  readonly weight: number;
  readonly organizationId: string;
  /** The address that the seal binds the secret to. */
  readonly baseUrl: string;
};

/** One connection as requests see it. */
export type ConnectionTarget = {
  readonly id: string;
  readonly name: string;
  readonly organizationId: string;
  readonly providerId: string;
  readonly providerName: string;
  readonly origin: string;
  readonly auth: AuthScheme;
  /** Fixed headers that every call carries. */
  readonly headers: Readonly<Record<string, string>>;
  readonly endpoints: ReadonlyMap<Operation, Endpoint>;
  readonly credentials: readonly SealedCredential[];
  readonly position: number;
  /** Runs on the operator's own machine: priced zero unless the operator sets a rate. */
  readonly isLocal: boolean;
  /** True for the hub's own simulated provider, which says so wherever it appears. */
  readonly simulated: boolean;
};

/** One routable target: this model at this connection. */
export type Deployment = {
  /** `connection name/upstream model`: also the pinned name by which callers may ask for it. */
  readonly id: string;
  readonly connection: ConnectionTarget;
  readonly upstreamModel: string;
  readonly canonicalModel: string;
  /** Whether the connection's provider is the model's own vendor. */
  readonly isVendor: boolean;
  readonly facts: ModelFacts;
};
