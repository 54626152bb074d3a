import type { ModelFacts } from './configuration.ts';
import type { Operation } from './operation.ts';
import type { RouteTimeouts } from './route.ts';
import type { Tenant } from './tenant.ts';

/** Where and in which dialect a deployment takes an operation. */
export type Endpoint = {
  /** A wire format's name. */
  readonly dialect: string;
  /** Path and query on the connection's origin; a dialect that puts the model there completes it. */
  readonly path: string;
  /** How calls of this operation are signed, where it is not as the connection says. */
  readonly auth?: AuthScheme | undefined;
  readonly quirks: EndpointQuirks;
};

/** Documented oddities of a provider, as data. A closed list: each has a test. */
export type EndpointQuirks = {
  /** The provider refuses `stream_options`; its streams report usage unasked, or not at all. */
  readonly noStreamOptions: boolean;
  /** The only field that limits the answer's tokens; `undefined` where either is taken. */
  readonly maxTokensField: 'max_tokens' | 'max_completion_tokens' | undefined;
  /** Top-level fields of a request that the provider answers with an error: left out, and told as losses. */
  readonly refuses: readonly string[];
  /** Takes instructions as `system` only. */
  readonly noDeveloperRole: boolean;
  /** Takes `json_object` and no schema. */
  readonly jsonObjectOnly: boolean;
  /** The field of an assistant's message in which it gives and takes back reasoning; `undefined`: it takes none back. */
  readonly reasoningField: 'reasoning_content' | 'reasoning' | undefined;
  /** Switches thinking by `thinking: { type }` and not by `reasoning_effort` alone. */
  readonly thinkingField: boolean;
  /** The values of `reasoning_effort` that it takes beside that switch; empty where it takes none. */
  readonly thinkingEfforts: readonly string[];
  /** Reads Anthropic's `cache_control` within messages. */
  readonly cacheControl: boolean;
  /** Takes pictures as `data:` URLs only. */
  readonly noImageUrls: boolean;
};

export const NO_QUIRKS: EndpointQuirks = {
  noStreamOptions: false,
  maxTokensField: undefined,
  refuses: [],
  noDeveloperRole: false,
  jsonObjectOnly: false,
  reasoningField: undefined,
  thinkingField: false,
  thinkingEfforts: [],
  cacheControl: false,
  noImageUrls: false,
};

export type AuthScheme =
  | { readonly scheme: 'bearer' }
  | { readonly scheme: 'header'; readonly header: string }
  | { readonly scheme: 'none' }
  /** AWS Signature Version 4, or a bearer key where the secret is one. `region` is that of the endpoint. */
  | { readonly scheme: 'aws-sigv4'; readonly service: string };

/** A stored secret as the snapshot holds it: still sealed. */
export type SealedCredential = Tenant & {
  readonly id: string;
  readonly sealed: string;
  readonly weight: number;
  /** The address that the seal binds the secret to. */
  readonly baseUrl: string;
};

/**
 * What may be dialled for a connection: whatever the operator allows, or the public net alone. An organization's own
 * connection never leads to the operator's private addresses.
 */
export type Reach = 'operator' | 'public';

/** One connection as requests see it. */
export type ConnectionTarget = Tenant & {
  readonly id: string;
  readonly name: string;
  readonly reach: Reach;
  /** Where it answers from; `undefined` where nobody said. */
  readonly region: string | undefined;
  readonly providerId: string;
  readonly providerName: string;
  readonly origin: string;
  readonly auth: AuthScheme;
  /** Fixed headers that every call carries. */
  readonly headers: Readonly<Record<string, string>>;
  readonly credentials: readonly SealedCredential[];
  readonly position: number;
  /** How long its calls may take, where that is not as the settings say. */
  readonly timeouts?: RouteTimeouts;
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
  /** How each operation can be asked of it, the provider's own order of preference first. */
  readonly endpoints: ReadonlyMap<Operation, readonly Endpoint[]>;
  readonly facts: ModelFacts;
};
