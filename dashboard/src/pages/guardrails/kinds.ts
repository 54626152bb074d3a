import type { Guardrail, RequestDetail } from '../../api/types.ts';

export const CHECKS = ['secrets', 'personal', 'words', 'length', 'http'] as const;
export type CheckKind = (typeof CHECKS)[number];

export const SECRETS = [
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
export const PERSONAL = ['email', 'phone', 'card', 'taiwan_id', 'china_id', 'us_ssn'] as const;

const KINDS = [...SECRETS, ...PERSONAL, 'word', 'pattern', 'length', 'external', 'external_failure'] as const;
export type MatchKind = (typeof KINDS)[number];

/** A kind that has words of ours; a hub that is newer than the page may find others. */
export function knownKind(kind: string): MatchKind | undefined {
  return KINDS.find((known) => known === kind);
}

export type Verdict = NonNullable<RequestDetail['verdicts']>[number];

export const TONES = { pass: 'good', flag: 'warn', mask: 'accent', block: 'bad' } as const satisfies Record<
  'pass' | Guardrail['action'],
  string
>;
