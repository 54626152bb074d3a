import { z } from 'zod';
import type { ConnectionRow } from '../../protocol/configuration.ts';
import { newCredentialSchema, toNewCredential } from '../credentials/schema.ts';
import {
  idField,
  newModelPolicyField,
  revisionField,
  secretField,
  slugField,
  sourceField,
  timeField,
  toTime,
  toTimeOrUndefined,
  urlField,
} from '../fields.ts';
import type { ConnectionChange, NewConnection, RefreshOutcome, TestReport } from '../services.ts';
import { fromTimeouts, timeoutsSchema, toTimeouts } from '../timeouts.ts';

const POSITION_MAX = 1_000_000;
const PARAMS_MAX = 20;
const PARAM_CHARS_MAX = 200;
const SECRETS_MAX = 100;

export const connectionSchema = z.strictObject({
  id: z.string(),
  name: z.string().describe('Stands before the slash in `name/model`.'),
  provider_id: z.string(),
  base_url: z.string(),
  enabled: z.boolean(),
  new_model_policy: newModelPolicyField.describe('What happens to a model that a refresh finds for the first time.'),
  position: z.int().describe('The operator’s order: lower is tried first.'),
  timeouts: timeoutsSchema,
  source: sourceField,
  created_at: timeField,
  updated_at: timeField,
  refreshed_at: timeField.optional(),
  refresh_error: z.string().optional(),
  revision: revisionField,
});

export const refreshSchema = z.strictObject({
  added: z.array(z.string()),
  withdrawn: z.array(z.string()),
  returned: z.array(z.string()),
  error: z.string().optional().describe('Why the provider’s list could not be read.'),
});

export const testReportSchema = z.strictObject({
  ok: z.boolean(),
  results: z.array(
    z.strictObject({
      credential_id: z.string().optional(),
      step: z.string().describe('What was tried, such as `models` or `chat`.'),
      ok: z.boolean(),
      http_status: z.int().optional(),
      latency_ms: z.number().optional(),
      message: z.string().optional(),
    }),
  ),
});

export const connectionParams = z.strictObject({ connection_id: idField });

const positionField = z.int().min(0).max(POSITION_MAX);

export const newConnectionSchema = z
  .strictObject({
    provider_id: idField,
    name: slugField.optional(),
    base_url: urlField.optional(),
    params: z
      .record(
        z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,49}$/, 'is no name of a placeholder'),
        z.string().min(1).max(PARAM_CHARS_MAX),
      )
      .refine((params) => Object.keys(params).length <= PARAMS_MAX, `at most ${PARAMS_MAX} placeholders`)
      .default({})
      .describe('Fills the placeholders of the provider’s base URL, such as `region`.'),
    new_model_policy: newModelPolicyField.default('enabled'),
    position: positionField.optional(),
    credential: newCredentialSchema.optional(),
  })
  .meta({ examples: [{ provider_id: 'openai', credential: { secret: 'sk-…' } }] });

export const createdConnectionSchema = z.strictObject({ connection: connectionSchema, refresh: refreshSchema });

export const connectionChangeSchema = z
  .strictObject({
    name: slugField.optional(),
    base_url: urlField.optional().describe('Needs the secrets again: each is bound to the address it was given for.'),
    enabled: z.boolean().optional(),
    new_model_policy: newModelPolicyField.optional(),
    position: positionField.optional(),
    timeouts: timeoutsSchema.optional(),
    secrets: z
      .array(z.strictObject({ credential_id: idField, secret: secretField }))
      .max(SECRETS_MAX)
      .optional(),
  })
  .meta({ examples: [{ enabled: false }] });

export function toConnection(row: ConnectionRow): z.output<typeof connectionSchema> {
  return {
    id: row.id,
    name: row.name,
    provider_id: row.providerId,
    base_url: row.baseUrl,
    enabled: row.enabled,
    new_model_policy: row.newModelPolicy,
    position: row.position,
    timeouts: toTimeouts(row.timeouts),
    source: row.source,
    created_at: toTime(row.createdAt),
    updated_at: toTime(row.updatedAt),
    refreshed_at: toTimeOrUndefined(row.refreshedAt),
    refresh_error: row.refreshError,
    revision: row.revision,
  };
}

export function toRefresh(outcome: RefreshOutcome): z.output<typeof refreshSchema> {
  return {
    added: [...outcome.added],
    withdrawn: [...outcome.withdrawn],
    returned: [...outcome.returned],
    error: outcome.error,
  };
}

export function toTestReport(report: TestReport): z.output<typeof testReportSchema> {
  return { ok: report.ok, results: toTestResults(report.results) };
}

export function toTestResults(results: TestReport['results']): z.output<typeof testReportSchema>['results'] {
  return results.map((result) => ({
    credential_id: result.credentialId,
    step: result.step,
    ok: result.ok,
    http_status: result.httpStatus,
    latency_ms: result.latencyMs,
    message: result.message,
  }));
}

export function toNewConnection(body: z.output<typeof newConnectionSchema>): NewConnection {
  return {
    providerId: body.provider_id,
    name: body.name,
    baseUrl: body.base_url,
    params: body.params,
    newModelPolicy: body.new_model_policy,
    position: body.position,
    credential: body.credential === undefined ? undefined : toNewCredential(body.credential),
  };
}

export function toConnectionChange(body: z.output<typeof connectionChangeSchema>): ConnectionChange {
  return {
    name: body.name,
    baseUrl: body.base_url,
    enabled: body.enabled,
    newModelPolicy: body.new_model_policy,
    position: body.position,
    timeouts: body.timeouts && fromTimeouts(body.timeouts),
    secrets: body.secrets?.map((entry) => ({ credentialId: entry.credential_id, secret: entry.secret })),
  };
}
