import process from 'node:process';
import { AggregatorRegistry } from 'prom-client';
import type { LimitCounters } from '../limits/ports.ts';
import { createLogger } from '../observability/logger.ts';
import { createDeclaredConfig } from './config-services.ts';
import { openCore } from './core.ts';
import type { HealthBus } from './health-between-processes.ts';
import { createRemoteCounters } from './limits-between-processes.ts';
import { serve } from './serve.ts';
import { coreInput, readSettings, type World } from './start-hub.ts';
import type { FromWorker, ToWorker } from './supervisor.ts';
import { systemServices } from './system-services.ts';

const METRICS_MS = 5000;

/** Runs one worker of a hub: it serves, and leaves everything that is done once to the primary. */
export async function runWorker(world: World): Promise<number> {
  // The primary may say so while this worker is still starting, and says it once.
  const drained = untilDrained();
  const start = await new Promise<Extract<ToWorker, { kind: 'start' }>>((resolve) => {
    const listen = (message: ToWorker): void => {
      if (message.kind !== 'start') return;
      process.off('message', listen);
      resolve(message);
    };
    process.on('message', listen);
    tell({ kind: 'hello' });
  });
  try {
    return await serveUntilDrained(start, world, drained);
  } catch (error) {
    tell({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
    throw error;
  }
}

async function serveUntilDrained(
  { shared, flags }: Extract<ToWorker, { kind: 'start' }>,
  world: World,
  drained: Promise<void>,
): Promise<number> {
  const loaded = readSettings(flags, world);
  const logger = createLogger({ level: loaded.settings.log.level, instanceId: shared.instanceId });
  const core = await openCore(
    coreInput({ loaded, world, logger, shared, sharedCounters: createPrimaryCounters(), healthBus: createWorkerBus() }),
  );
  const gather = createMetricsGatherer();
  const serving = await serve({
    core,
    controlToken: shared.controlToken,
    config: createDeclaredConfig(core, () => readSettings(flags, world)).services,
    system: systemServices({ core, startedAt: core.clock.now(), origins: loaded.origins }),
    gatherMetrics: gather,
  });
  // prom-client listens for the primary's questions from the first aggregator on, which a worker otherwise never makes.
  new AggregatorRegistry();
  AggregatorRegistry.setRegistries([serving.metrics.registry]);
  tell({ kind: 'listening', port: serving.port, certificate: serving.certificate });
  await drained;
  await serving.drain();
  await core.close();
  logger.flush();
  process.disconnect();
  return 0;
}

/** The primary says when; a signal that goes to the whole group is for the primary to act on. A primary that is gone ends its workers. */
function untilDrained(): Promise<void> {
  return new Promise((resolve) => {
    process.on('SIGINT', () => undefined);
    process.on('SIGTERM', () => undefined);
    process.on('SIGHUP', () => undefined);
    process.on('disconnect', () => resolve());
    process.on('message', (message: ToWorker) => {
      if (message.kind === 'drain') resolve();
    });
  });
}

/** The counts of limits, which the primary has for all workers. */
function createPrimaryCounters(): LimitCounters {
  const remote = createRemoteCounters((id, question) => tell({ kind: 'limits', id, question }));
  process.on('message', (message: ToWorker) => {
    if (message.kind === 'limits') remote.answer(message.id, message.answer);
  });
  return remote.counters;
}

/** The other workers, by way of the primary. */
function createWorkerBus(): HealthBus {
  return {
    tell: (change) => tell({ kind: 'health', change }),
    listen: (heard) => {
      const listen = (message: ToWorker): void => {
        if (message.kind === 'health') heard(message.change);
      };
      process.on('message', listen);
      return () => void process.off('message', listen);
    },
  };
}

/** Asks the primary for the metrics of all workers. */
function createMetricsGatherer(): () => Promise<string> {
  let nextId = 0;
  const waiting = new Map<number, (text: string) => void>();
  process.on('message', (message: ToWorker) => {
    if (message.kind !== 'metrics') return;
    waiting.get(message.id)?.(message.text);
    waiting.delete(message.id);
  });
  return () =>
    new Promise((resolve, reject) => {
      nextId += 1;
      const id = nextId;
      const timer = setTimeout(() => {
        waiting.delete(id);
        reject(new Error('the primary did not send the metrics in time'));
      }, METRICS_MS);
      waiting.set(id, (text) => {
        clearTimeout(timer);
        resolve(text);
      });
      tell({ kind: 'metrics', id });
    });
}

function tell(message: FromWorker): void {
  process.send?.(message);
}
