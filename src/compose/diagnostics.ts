import { arch, cpus, platform, release, totalmem } from 'node:os';
import type { SettingSummary, SystemServices } from '../controlplane/services.ts';
import type { Diagnostics } from '../controlplane/system/diagnostics.ts';
import type { JsonValue } from '../kernel/json.ts';
import { scrubSecrets } from '../observability/scrub-secrets.ts';
import type { Core } from './core.ts';

/** A command line may hold what it signs in with. */
const NOT_TO_GIVE_AWAY = new Set(['masterKey.command']);

type DiagnosticsInput = {
  readonly core: Pick<Core, 'store' | 'clock' | 'tenant'>;
  readonly system: Pick<SystemServices, 'info' | 'settings' | 'jobs' | 'health'>;
  /** Nothing where no hub runs. */
  readonly metrics: (() => Promise<string>) | undefined;
};

/**
 * Gathers what somebody who is asked for help needs to see, to be given away: without secrets, without what requests
 * held, and without names that people gave.
 */
export function createDiagnostics({ core, system, metrics }: DiagnosticsInput): () => Promise<Diagnostics> {
  return async () => {
    const { state, checks } = await system.health(core.tenant);
    return {
      madeAt: core.clock.now(),
      info: await system.info(),
      machine: {
        platform: platform(),
        release: release(),
        architecture: arch(),
        processors: cpus().length,
        memoryBytes: totalmem(),
      },
      store: await core.store.diagnostics(),
      settings: (await system.settings()).map(withoutSecrets),
      health: { state, checks: checks.map((check) => ({ ...check, message: scrubbed(check.message) })) },
      jobs: (await system.jobs()).map((job) => ({ ...job, lastError: scrubbed(job.lastError) })),
      metrics: await metrics?.(),
    };
  };
}

function scrubbed(text: string | undefined): string | undefined {
  return text === undefined ? undefined : scrubSecrets(text);
}

function withoutSecrets(setting: SettingSummary): SettingSummary {
  const { name, value } = setting;
  if (NOT_TO_GIVE_AWAY.has(name)) return { ...setting, secret: true };
  return { ...setting, value: value === undefined ? undefined : plain(value) };
}

function plain(value: JsonValue): JsonValue {
  if (typeof value === 'string') return scrubSecrets(withoutUser(value));
  return Array.isArray(value) ? value.map(plain) : value;
}

/** An address without whom it signs in as, and without its query, where keys are put, too. */
function withoutUser(text: string): string {
  const url = text.includes('://') ? URL.parse(text) : null;
  if (url === null || url.username + url.password + url.search === '') return text;
  url.username = '';
  url.password = '';
  url.search = '';
  return url.href;
}
