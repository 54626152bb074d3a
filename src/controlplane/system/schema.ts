import { z } from 'zod';
import { countField, jsonField, timeField, toTime, toTimeOrUndefined } from '../fields.ts';
import type { BackupOutcome, HealthReport, HubInfo, SettingSummary } from '../services.ts';

const PATH_CHARS_MAX = 4096;

export const infoSchema = z.strictObject({
  version: z.string(),
  node_version: z.string(),
  instance_id: z.string(),
  started_at: timeField,
  mode: z.enum(['enterprise', 'service_provider']),
  simulated: z.boolean().describe('Whether the simulated provider answers.'),
  store: z.enum(['sqlite', 'postgres']),
  row_security: z
    .strictObject({
      state: z.enum(['on', 'off', 'absent']),
      reason: z.string().optional().describe('Why it is off.'),
      remedy: z.string().optional().describe('What turns it on.'),
    })
    .describe('Whether the database itself keeps organizations apart; SQLite cannot.'),
  schema_version: z.string(),
  configuration_version: countField,
});

export const settingSchema = z.strictObject({
  name: z.string(),
  origin: z.enum(['default', 'environment', 'file', 'flag']),
  secret: z.boolean(),
  value: jsonField.optional().describe('Of a secret only `set` or nothing.'),
});

export const jobSchema = z.strictObject({
  name: z.string(),
  next_due_at: timeField,
  last_run_at: timeField.optional(),
  last_error: z.string().optional(),
});

const stateField = z.enum(['ok', 'degraded', 'failed', 'unknown']);

export const healthSchema = z.strictObject({
  state: stateField,
  checks: z.array(z.strictObject({ name: z.string(), state: stateField, message: z.string().optional() })),
  connections: z.array(
    z.strictObject({
      connection_id: z.string(),
      name: z.string(),
      state: stateField,
      message: z.string().optional(),
    }),
  ),
});

export const backupRequestSchema = z
  .strictObject({
    path: z.string().min(1).max(PATH_CHARS_MAX).describe('A folder on the hub’s machine, new or empty.'),
  })
  .meta({ examples: [{ path: '/var/backups/hub' }] });

export const backupSchema = z.strictObject({
  path: z.string().optional(),
  bytes: countField.optional(),
  key_fingerprint: z.string().optional().describe('Of the master key that a restore will need.'),
  command: z.string().optional().describe('What to run instead, where the hub cannot write the backup itself.'),
});

export const adminTokenSchema = z.strictObject({
  token: z.string().describe('Shown this once; every earlier token has ended.'),
});

export function toInfo(info: HubInfo): z.output<typeof infoSchema> {
  return {
    version: info.version,
    node_version: info.nodeVersion,
    instance_id: info.instanceId,
    started_at: toTime(info.startedAt),
    mode: info.mode,
    simulated: info.simulated,
    store: info.store,
    row_security: info.rowSecurity,
    schema_version: info.schemaVersion,
    configuration_version: info.configurationVersion,
  };
}

/** Whatever the service hands over, the value of a secret setting goes no further than here. */
export function toSetting(setting: SettingSummary): z.output<typeof settingSchema> {
  const value = setting.secret && setting.value !== undefined ? 'set' : setting.value;
  return {
    name: setting.name,
    origin: setting.origin,
    secret: setting.secret,
    value: jsonField.optional().parse(value),
  };
}

export function toJob(job: {
  readonly name: string;
  readonly nextDueAt: number;
  readonly lastRunAt: number | undefined;
  readonly lastError: string | undefined;
}): z.output<typeof jobSchema> {
  return {
    name: job.name,
    next_due_at: toTime(job.nextDueAt),
    last_run_at: toTimeOrUndefined(job.lastRunAt),
    last_error: job.lastError,
  };
}

export function toHealth(report: HealthReport): z.output<typeof healthSchema> {
  return {
    state: report.state,
    checks: report.checks.map((check) => ({ ...check })),
    connections: report.connections.map((connection) => ({
      connection_id: connection.connectionId,
      name: connection.name,
      state: connection.state,
      message: connection.message,
    })),
  };
}

export function toBackup(outcome: BackupOutcome): z.output<typeof backupSchema> {
  if (outcome.kind === 'run_this') return { command: outcome.command };
  return { path: outcome.path, bytes: outcome.bytes, key_fingerprint: outcome.keyFingerprint };
}
