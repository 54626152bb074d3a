import { z } from 'zod';
import type { StoreDiagnostics } from '../../protocol/diagnostics.ts';
import { countField, timeField, toTime } from '../fields.ts';
import type { HealthReport, HubInfo, SettingSummary, SystemServices } from '../services.ts';
import { healthSchema, infoSchema, jobSchema, settingSchema, toInfo, toJob, toSetting } from './schema.ts';

/** What somebody who is asked for help needs to see of a hub. */
export type Diagnostics = {
  readonly madeAt: number;
  readonly info: HubInfo;
  readonly machine: {
    readonly platform: string;
    readonly release: string;
    readonly architecture: string;
    readonly processors: number;
    readonly memoryBytes: number;
  };
  readonly store: StoreDiagnostics;
  readonly settings: readonly SettingSummary[];
  readonly health: Pick<HealthReport, 'state' | 'checks'>;
  readonly jobs: Awaited<ReturnType<SystemServices['jobs']>>;
  /** As Prometheus reads them; `undefined` where no hub runs. */
  readonly metrics: string | undefined;
};

export const diagnosticsSchema = z.strictObject({
  made_at: timeField,
  hub: infoSchema,
  machine: z.strictObject({
    platform: z.string(),
    release: z.string(),
    architecture: z.string(),
    processors: countField,
    memory_bytes: countField,
  }),
  store: z.strictObject({
    engine_version: z.string(),
    migrations: z.array(z.strictObject({ version: countField, name: z.string(), applied_at: timeField })),
    rows: z.record(z.string(), countField).describe('By table.'),
  }),
  settings: z.array(settingSchema),
  health: healthSchema.pick({ state: true, checks: true }),
  jobs: z.array(jobSchema),
  providers: z.array(z.strictObject({ provider_id: z.string(), connections: countField })),
  queues: z.strictObject({
    records_to_sum: countField,
    deliveries_waiting: countField.describe('Of webhooks, those that wait to be tried again among them.'),
  }),
  newest_requests: z
    .strictObject({
      requests: countField,
      instances: z.array(z.strictObject({ instance_id: z.string(), requests: countField, last_at: timeField })),
      errors: z.array(z.strictObject({ code: z.string(), requests: countField, last_at: timeField })),
    })
    .describe('What the newest requests of all organizations, ten thousand at most, have in common.'),
  metrics: z.string().optional().describe('As `/metrics` gives them; missing where no hub runs.'),
});

export function toDiagnostics(found: Diagnostics): z.output<typeof diagnosticsSchema> {
  const { machine, store } = found;
  const { newest } = store;
  return {
    made_at: toTime(found.madeAt),
    hub: toInfo(found.info),
    machine: {
      platform: machine.platform,
      release: machine.release,
      architecture: machine.architecture,
      processors: machine.processors,
      memory_bytes: machine.memoryBytes,
    },
    store: {
      engine_version: store.engineVersion,
      migrations: store.migrations.map(({ version, name, appliedAt }) => ({
        version,
        name,
        applied_at: toTime(appliedAt),
      })),
      rows: { ...store.rows },
    },
    settings: found.settings.map(toSetting),
    health: { state: found.health.state, checks: found.health.checks.map((check) => ({ ...check })) },
    jobs: found.jobs.map(toJob),
    providers: store.providers.map(({ providerId, connections }) => ({ provider_id: providerId, connections })),
    queues: { records_to_sum: store.queues.recordsToSum, deliveries_waiting: store.queues.deliveriesWaiting },
    newest_requests: {
      requests: newest.requests,
      instances: newest.instances.map(({ instanceId, ...sum }) => ({ instance_id: instanceId, ...toSum(sum) })),
      errors: newest.errors.map(({ code, ...sum }) => ({ code, ...toSum(sum) })),
    },
    metrics: found.metrics,
  };
}

function toSum({ requests, lastAt }: { readonly requests: number; readonly lastAt: number }) {
  return { requests, last_at: toTime(lastAt) };
}
