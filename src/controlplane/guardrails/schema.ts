import { z } from 'zod';
import type { GuardrailEntry, Trial } from '../../guardrails/guardrail-service.ts';
import type { Tried } from '../../guardrails/try-guardrails.ts';
import { PATTERN_CHARS_MAX, PATTERNS_MAX } from '../../protocol/access.ts';
import {
  FAILURE_RULES,
  GUARDRAIL_ACTIONS,
  GUARDRAIL_PLACES,
  GUARDRAIL_SCOPES,
  type Guardrail,
  type GuardrailCheck,
  type GuardrailVerdict,
  PERSONAL_KINDS,
  SECRET_KINDS,
} from '../../protocol/guardrails.ts';
import { countField, idField, nameField, revisionField, secretField, timeField, toTime, urlField } from '../fields.ts';

const WORDS_MAX = 200;
const WORD_CHARS_MAX = 100;
const RE2_PATTERNS_MAX = 20;
const RE2_PATTERN_CHARS_MAX = 300;
const CHARACTERS_MAX = 100_000_000;
const ORDER_MAX = 10_000;
const TRIED_CHARS_MAX = 100_000;
const TRIED_MAX = 20;
const TIMEOUT_MS = { min: 100, default: 2000, max: 10_000 };
const NO_CONTROLS = /^[^\p{Cc}]+$/u;

const looks = [
  z.strictObject({ kind: z.literal('secrets'), finds: z.array(z.enum(SECRET_KINDS)).min(1) }),
  z.strictObject({ kind: z.literal('personal'), finds: z.array(z.enum(PERSONAL_KINDS)).min(1) }),
  z.strictObject({
    kind: z.literal('words'),
    words: z
      .array(z.string().trim().min(1).max(WORD_CHARS_MAX).regex(NO_CONTROLS, 'has control characters'))
      .max(WORDS_MAX)
      .default([])
      .describe('In any case of letters; whole words where the script parts them.'),
    patterns: z
      .array(z.string().min(1).max(RE2_PATTERN_CHARS_MAX))
      .max(RE2_PATTERNS_MAX)
      .default([])
      .describe('In the syntax of RE2.'),
  }),
  z.strictObject({
    kind: z.literal('length'),
    characters_max: z.int().min(1).max(CHARACTERS_MAX).describe('In all texts of a request.'),
  }),
] as const;

const asks = {
  kind: z.literal('http'),
  url: urlField.describe('Of a service that is asked what is to become of the texts.'),
};
const timeoutField = z
  .int()
  .min(TIMEOUT_MS.min)
  .max(TIMEOUT_MS.max)
  .describe('Within so many milliseconds it has to answer.');
const onFailureField = z
  .enum(FAILURE_RULES)
  .describe('Whether a call ends or goes on where the service does not answer.');

const checkField = z
  .discriminatedUnion('kind', [
    ...looks,
    z.strictObject({
      ...asks,
      secret: secretField
        .regex(/^[!-~]+$/, 'has characters that no header has')
        .nullable()
        .optional()
        .describe(
          'Sent as a bearer token. Write-only: no answer ever holds it. Missing: the one that is stored stays, for the same `url`; `null`: none.',
        ),
      timeout_ms: timeoutField.default(TIMEOUT_MS.default),
      on_failure: onFailureField.default('block'),
    }),
  ])
  .describe('What it looks for, or whom it asks.');

const shownCheckField = z
  .discriminatedUnion('kind', [
    ...looks,
    z.strictObject({
      ...asks,
      has_secret: z.boolean().describe('Whether a secret is stored that it is sent.'),
      timeout_ms: timeoutField,
      on_failure: onFailureField,
    }),
  ])
  .describe('What it looks for, or whom it asks.');

const scopeField = z
  .strictObject({
    kind: z.enum(GUARDRAIL_SCOPES),
    id: z.string().min(1).max(64).optional().describe('Of the project or the key.'),
  })
  .refine(({ kind, id }) => (kind === 'organization') === (id === undefined), {
    path: ['id'],
    message: 'is there for a project and for a key, and for nothing else',
  })
  .describe('Whose calls it looks at.');

const modelsField = z
  .array(
    z
      .string()
      .min(1)
      .max(PATTERN_CHARS_MAX)
      .regex(/^[^\s\p{Cc}]+$/u, 'has spaces'),
  )
  .min(1)
  .max(PATTERNS_MAX)
  .optional()
  .describe('If given, calls of these models alone are looked at. A `*` stands for anything.');

const terms = {
  name: nameField,
  check: checkField,
  action: z
    .enum(GUARDRAIL_ACTIONS)
    .describe(
      '`flag` tells it in the record, `mask` puts placeholders in its place, `block` ends the request. Where a service is asked, `block` does what it says, and `flag` only tells of it.',
    ),
  place: z.enum(GUARDRAIL_PLACES).describe('Whether it looks at what is asked, at what is answered, or at both.'),
  scope: scopeField,
  models: modelsField,
  order: z.int().min(0).max(ORDER_MAX).describe('Those with a lower number come first.'),
  enabled: z.boolean(),
};

export const guardrailTermsSchema = z
  .strictObject({ ...terms, order: terms.order.default(0), enabled: terms.enabled.default(true) })
  .meta({
    examples: [
      {
        name: 'No addresses leave',
        check: { kind: 'personal', finds: ['email', 'phone'] },
        action: 'mask',
        place: 'input',
        scope: { kind: 'organization' },
      },
    ],
  });

export const guardrailSchema = z.strictObject({
  id: z.string(),
  ...terms,
  check: shownCheckField,
  created_at: timeField,
  updated_at: timeField,
  revision: revisionField,
});

export const guardrailParams = z.strictObject({ guardrail_id: idField });

export const verdictSchema = z.strictObject({
  guardrail_id: z.string(),
  name: z.string(),
  verdict: z.enum(GUARDRAIL_ACTIONS),
  place: z.enum(['input', 'output']),
  matches: z.record(z.string(), countField).describe('How much of which kind was found; never what.'),
  reason: z.string().optional().describe('What a service said of why, or why it could not be asked.'),
});

export const trialSchema = z
  .strictObject({
    text: z.string().min(1).max(TRIED_CHARS_MAX),
    place: z.enum(['input', 'output']).default('input'),
    guardrails: z.array(guardrailTermsSchema).min(1).max(TRIED_MAX).optional().describe('Those that are not stored.'),
    guardrail_ids: z.array(idField).min(1).max(TRIED_MAX).optional().describe('Those that are.'),
  })
  .describe('Where neither is given, all guardrails that are switched on look at the text.')
  .meta({ examples: [{ text: 'Write to ann@example.com' }] });

export const triedSchema = z.strictObject({
  verdict: z.enum(['pass', ...GUARDRAIL_ACTIONS]),
  text: z.string().optional().describe('As it would go on; missing where it would not.'),
  verdicts: z.array(verdictSchema),
});

export function toTerms(given: z.output<typeof guardrailTermsSchema>): GuardrailEntry {
  const { name, check, action, place, scope, models, order, enabled } = given;
  return {
    name,
    check: toCheck(check),
    action,
    place,
    scope: scope.kind === 'organization' ? { kind: scope.kind } : { kind: scope.kind, id: scope.id ?? '' },
    models,
    order,
    enabled,
    secret: check.kind === 'http' ? check.secret : undefined,
  };
}

function toCheck(given: z.output<typeof checkField>): GuardrailCheck {
  switch (given.kind) {
    case 'secrets':
      return { kind: given.kind, finds: [...new Set(given.finds)] };
    case 'personal':
      return { kind: given.kind, finds: [...new Set(given.finds)] };
    case 'words':
      return given;
    case 'length':
      return { kind: given.kind, charactersMax: given.characters_max };
    case 'http':
      return { kind: given.kind, url: given.url, timeoutMs: given.timeout_ms, onFailure: given.on_failure };
  }
}

export function toTrial(given: z.output<typeof trialSchema>): Trial {
  const { text, place, guardrails, guardrail_ids: ids } = given;
  return { text, place, guardrails: guardrails?.map(toTerms), ids };
}

export function toGuardrail(guardrail: Guardrail): z.output<typeof guardrailSchema> {
  const { id, name, action, place, scope, models, order, enabled, revision } = guardrail;
  return {
    id,
    name,
    check: fromCheck(guardrail),
    action,
    place,
    scope,
    models: models && [...models],
    order,
    enabled,
    created_at: toTime(guardrail.createdAt),
    updated_at: toTime(guardrail.updatedAt),
    revision,
  };
}

function fromCheck({ check, sealed }: Guardrail): z.output<typeof shownCheckField> {
  switch (check.kind) {
    case 'secrets':
      return { kind: check.kind, finds: [...check.finds] };
    case 'personal':
      return { kind: check.kind, finds: [...check.finds] };
    case 'words':
      return { kind: check.kind, words: [...check.words], patterns: [...check.patterns] };
    case 'length':
      return { kind: check.kind, characters_max: check.charactersMax };
    case 'http': {
      const { kind, url, timeoutMs, onFailure } = check;
      return { kind, url, has_secret: sealed !== undefined, timeout_ms: timeoutMs, on_failure: onFailure };
    }
  }
}

export function toVerdict({
  guardrailId,
  name,
  verdict,
  place,
  matches,
  reason,
}: GuardrailVerdict): z.output<typeof verdictSchema> {
  return { guardrail_id: guardrailId, name, verdict, place, matches, reason };
}

export function toTried({ verdict, text, verdicts }: Tried): z.output<typeof triedSchema> {
  return { verdict, text, verdicts: verdicts.map(toVerdict) };
}
