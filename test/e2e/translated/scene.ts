import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Behaviour, behaviourOf } from '../../support/fake-upstream/behaviour.ts';
import { type FinishedAnswer, readOracleFile } from '../../support/fake-upstream/oracle.ts';
import { type FakeUpstream, startFakeUpstream } from '../../support/fake-upstream.ts';
import { type HubProcess, startHub } from '../../support/hub-process.ts';
import { connectDialects, MODEL_OF } from '../../support/provider-scene.ts';

/** A hub with short time-outs and a provider of every dialect, which does as it is told. */
export type TranslatedScene = {
  readonly hub: HubProcess;
  readonly upstream: FakeUpstream;
  readonly secret: string;
  /** From now on every chat is treated like this, in the words of `behaviourOf`. */
  readonly behave: (words: string, more?: Behaviour) => void;
  /** What the stand-in says that it sent to its end and billed. */
  readonly billed: () => Promise<readonly FinishedAnswer[]>;
  readonly close: () => Promise<void>;
};

export const IDLE_MS = 300;
export const PRICES = { input: '1', output: '2' };

/** Starts both. `allow` are further addresses that the hub may call. */
export async function setTranslatedScene(
  options: { readonly environment?: Readonly<Record<string, string>>; readonly allow?: readonly string[] } = {},
): Promise<TranslatedScene> {
  const folder = await mkdtemp(join(tmpdir(), 'translated-'));
  const logFile = join(folder, 'answers.jsonl');
  const models = Object.values(MODEL_OF).map((model) => model.slice(model.indexOf('/') + 1));
  const upstream = await startFakeUpstream({ models: [...new Set([...models, 'fake-embed'])], logFile });
  const hub = await startHub({
    allow: [`127.0.0.1:${upstream.port}`, ...(options.allow ?? [])],
    environment: { HUB_TIMEOUT_IDLE: `${IDLE_MS}ms`, ...options.environment },
  });
  const close = async (): Promise<void> => {
    await hub.stop();
    await upstream.close();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await connectDialects(hub, upstream.url);
    for (const [dialect, model] of Object.entries(MODEL_OF)) {
      await hub.control('POST', '/prices', {
        provider_id: dialect,
        model: model.slice(model.indexOf('/') + 1),
        prices: Object.entries(PRICES).map(([unit, usd_per_million]) => ({ unit, usd_per_million })),
      });
    }
    const { secret } = await hub.createKey('caller');
    const behave = (words: string, more: Behaviour = {}): void => {
      const behaviour = { ...behaviourOf(`any${words === '' ? '' : `@${words}`}`), ...more };
      upstream.setScript(({ path }) => (path.endsWith('/models') ? undefined : behaviour));
    };
    return { hub, upstream, secret, behave, billed: () => readOracleFile(logFile), close };
  } catch (error) {
    await close();
    throw error;
  }
}
