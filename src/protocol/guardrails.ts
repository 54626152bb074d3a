import type { OrganizationScope } from './tenant.ts';

/** What becomes of a text in which a guardrail finds something. */
export const GUARDRAIL_ACTIONS = ['flag', 'mask', 'block'] as const;
export type GuardrailAction = (typeof GUARDRAIL_ACTIONS)[number];

/** Which texts a guardrail looks at: those of the request, those of the answer. */
export const GUARDRAIL_PLACES = ['input', 'output', 'both'] as const;
export type GuardrailPlace = (typeof GUARDRAIL_PLACES)[number];

export const SECRET_KINDS = [
  'openai_key',
  'anthropic_key',
  'aws_key',
  'github_token',
  'google_key',
  'slack_token',
  'stripe_key',
  'private_key',
  'jwt',
  'hub_key',
] as const;
export type SecretKind = (typeof SECRET_KINDS)[number];

export const PERSONAL_KINDS = ['email', 'phone', 'card', 'taiwan_id', 'china_id', 'us_ssn'] as const;
export type PersonalKind = (typeof PERSONAL_KINDS)[number];

/** The kinds of what is found in a text; the last two are what a service said, and that it said nothing. */
export type MatchKind = SecretKind | PersonalKind | 'word' | 'pattern' | 'length' | 'external' | 'external_failure';

/** What becomes of a call where the service that a guardrail asks does not answer. */
export const FAILURE_RULES = ['block', 'pass'] as const;
export type FailureRule = (typeof FAILURE_RULES)[number];

/** Asks a service what is to become of the texts. */
export type ExternalCheck = {
  readonly kind: 'http';
  readonly url: string;
  readonly timeoutMs: number;
  readonly onFailure: FailureRule;
};

/** What a guardrail looks for. */
export type GuardrailCheck =
  | { readonly kind: 'secrets'; readonly finds: readonly SecretKind[] }
  | { readonly kind: 'personal'; readonly finds: readonly PersonalKind[] }
  /** Words in any case of letters, and patterns in the syntax of RE2. */
  | { readonly kind: 'words'; readonly words: readonly string[]; readonly patterns: readonly string[] }
  /** More characters than that, in all texts of a request. */
  | { readonly kind: 'length'; readonly charactersMax: number }
  | ExternalCheck;

export const GUARDRAIL_SCOPES = ['organization', 'project', 'key'] as const;
/** Whose calls a guardrail looks at. */
export type GuardrailScope =
  | { readonly kind: 'organization' }
  | { readonly kind: 'project' | 'key'; readonly id: string };

/** What somebody decides of a guardrail. */
export type GuardrailTerms = {
  readonly name: string;
  readonly check: GuardrailCheck;
  readonly action: GuardrailAction;
  readonly place: GuardrailPlace;
  readonly scope: GuardrailScope;
  /** Patterns of models whose calls alone are looked at; `undefined`: all. */
  readonly models: readonly string[] | undefined;
  /** Those with a lower number come first. */
  readonly order: number;
  readonly enabled: boolean;
};

export type Guardrail = OrganizationScope &
  GuardrailTerms & {
    readonly id: string;
    /** What the service knows the hub by, sealed to its address; `undefined` where it asks for nothing, or there is none. */
    readonly sealed: string | undefined;
    readonly createdAt: number;
    readonly updatedAt: number;
    /** Counts the changes, from 1. */
    readonly revision: number;
  };

/** What a guardrail found in a request or its answer: how much of what, and never what. */
export type GuardrailVerdict = {
  readonly guardrailId: string;
  readonly name: string;
  readonly verdict: GuardrailAction;
  readonly place: 'input' | 'output';
  readonly matches: Readonly<Partial<Record<MatchKind, number>>>;
  /** What a service said of why, or why it could not be asked; missing where there was nothing to say. */
  readonly reason?: string | undefined;
};
