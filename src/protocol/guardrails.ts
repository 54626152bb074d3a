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

/** The kinds of what is found in a text. */
export type MatchKind = SecretKind | PersonalKind | 'word' | 'pattern' | 'length';

/** What a guardrail looks for. */
export type GuardrailCheck =
  | { readonly kind: 'secrets'; readonly finds: readonly SecretKind[] }
  | { readonly kind: 'personal'; readonly finds: readonly PersonalKind[] }
  /** Words in any case of letters, and patterns in the syntax of RE2. */
  | { readonly kind: 'words'; readonly words: readonly string[]; readonly patterns: readonly string[] }
  /** More characters than that, in all texts of a request. */
  | { readonly kind: 'length'; readonly charactersMax: number };

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
};
