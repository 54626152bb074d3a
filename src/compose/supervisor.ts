import cluster, { type Worker } from 'node:cluster';
import { AggregatorRegistry } from 'prom-client';
import type { StartFlags } from '../cli/deps.ts';
import { compiledModules } from '../kernel/compiled-modules.ts';
import { NOTHING_USED } from '../limits/used.ts';
import type { HealthChange } from '../routing/health.ts';
import type { ServerCertificate } from '../tls/certificate.ts';
import type { Core } from './core.ts';
import { answerQuestion, type LimitsAnswer, type LimitsQuestion } from './limits-between-processes.ts';
import type { Shared } from './start-hub.ts';

/** A worker that died is replaced after this long, so that one that cannot start does not spin. */
const RESTART_MS = 500;

/** What the primary tells a worker. Secrets go this way and not through the environment. */
export type ToWorker =
  | { readonly kind: 'start'; readonly shared: Shared; readonly flags: StartFlags }
  | { readonly kind: 'metrics'; readonly id: number; readonly text: string }
  | { readonly kind: 'limits'; readonly id: number; readonly answer: LimitsAnswer }
  | { readonly kind: 'health'; readonly change: HealthChange }
  | { readonly kind: 'drain' };

/** What a worker tells the primary. */
export type FromWorker =
  | { readonly kind: 'hello' }
  | { readonly kind: 'listening'; readonly port: number; readonly certificate: ServerCertificate | undefined }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'limits'; readonly id: number; readonly question: LimitsQuestion }
  | { readonly kind: 'metrics'; readonly id: number }
  | { readonly kind: 'health'; readonly change: HealthChange };

export type SupervisorInput = {
  readonly core: Core;
  readonly shared: Shared;
  readonly flags: StartFlags;
  readonly entry: string;
  /** Told of the instance whose process is gone. */
  readonly onWorkerDied: (instanceId: string) => Promise<unknown>;
};

/** Runs several worker processes on one port, replaces those that die, and lets them end in order. */
export class Supervisor {
  readonly #input: SupervisorInput;
  readonly #instances = new Map<number, string>();
  readonly #metrics = new AggregatorRegistry();
  #isDraining = false;

  constructor(input: SupervisorInput) {
    this.#input = input;
  }

  /** Starts the workers; resolves when all of them listen. @throws Error when one cannot; the others are ended then */
  async start() {
    const { core, entry } = this.#input;
    cluster.setupPrimary({ exec: entry, args: ['worker'], serialization: 'advanced' });
    try {
      const first = await this.#startWorker();
      const others = Array.from({ length: core.settings.workers - 1 }, () => this.#startWorker());
      await Promise.all(others);
      return { port: first.port, certificate: first.certificate, drain: () => this.#drain() };
    } catch (error) {
      await this.#drain();
      throw error;
    }
  }

  #startWorker(): Promise<Extract<FromWorker, { kind: 'listening' }>> {
    const { core, shared, flags } = this.#input;
    const instanceId = core.newId('inst');
    const worker = cluster.fork(compiledModules());
    this.#instances.set(worker.id, instanceId);
    return new Promise((resolve, reject) => {
      worker.on('message', (message: FromWorker) => {
        if (message.kind === 'hello') tell(worker, { kind: 'start', shared: { ...shared, instanceId }, flags });
        if (message.kind === 'listening') resolve(message);
        if (message.kind === 'failed') reject(new Error(message.message));
        if (message.kind === 'metrics') this.#answerMetrics(worker, message.id);
        if (message.kind === 'limits') this.#answerLimits(worker, message);
        if (message.kind === 'health') this.#passOn(worker, message.change);
      });
      worker.once('exit', (code, signal) => {
        reject(new Error(`a worker ended before it listened (${signal ?? code})`));
        this.#onExit(worker, code, signal);
      });
    });
  }

  #onExit(worker: Worker, code: number | null, signal: string | null): void {
    const instanceId = this.#instances.get(worker.id);
    this.#instances.delete(worker.id);
    if (instanceId === undefined) return;
    const { logger } = this.#input.core;
    const recovered = this.#input.onWorkerDied(instanceId);
    recovered.catch((error: unknown) =>
      logger.error({ err: error }, 'what a dead worker left could not be brought in'),
    );
    if (this.#isDraining) return;
    logger.error({ instanceId, code, signal }, 'a worker died and is replaced');
    setTimeout(() => {
      if (this.#isDraining) return;
      this.#startWorker().catch((error: unknown) => logger.error({ err: error }, 'a worker could not be replaced'));
    }, RESTART_MS).unref();
  }

  #answerMetrics(worker: Worker, id: number): void {
    this.#metrics.clusterMetrics().then(
      (text) => tell(worker, { kind: 'metrics', id, text }),
      (error: unknown) => this.#input.core.logger.warn({ err: error }, 'metrics of the workers could not be gathered'),
    );
  }

  /** What one worker sees of deployments, to the others. */
  #passOn(from: Worker, change: HealthChange): void {
    for (const worker of Object.values(cluster.workers ?? {})) {
      if (worker !== undefined && worker.id !== from.id) tell(worker, { kind: 'health', change });
    }
  }

  #answerLimits(worker: Worker, { id, question }: Extract<FromWorker, { kind: 'limits' }>): void {
    const { counts, logger } = this.#input.core;
    answerQuestion(counts.memory, question).then(
      (answer) => {
        if (question.kind !== 'end') tell(worker, { kind: 'limits', id, answer });
        // Its call never leaves.
        if (question.kind === 'take' && !worker.isConnected()) counts.memory.end(question.call.id, NOTHING_USED);
      },
      (error: unknown) => {
        logger.warn({ err: error }, 'the counts of limits could not be had');
        tell(worker, { kind: 'limits', id, answer: undefined });
      },
    );
  }

  async #drain(): Promise<void> {
    this.#isDraining = true;
    const workers = Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);
    await Promise.all(
      workers.map(
        (worker) =>
          new Promise<void>((resolve) => {
            worker.once('exit', () => resolve());
            tell(worker, { kind: 'drain' });
          }),
      ),
    );
  }
}

function tell(worker: Worker, message: ToWorker): void {
  if (worker.isConnected()) worker.send(message);
}
