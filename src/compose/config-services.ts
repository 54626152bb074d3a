import type { ConfigOutcome, ControlServices } from '../controlplane/services.ts';
import type { Change } from '../declared/changes.ts';
import { GatewayError } from '../kernel/errors.ts';
import { type LoadedSettings, SettingsError } from '../settings.ts';
import type { Core } from './core.ts';
import { applyConfiguration, declaredTargets, declareEverything, planConfiguration } from './declared-config.ts';

export type DeclaredConfig = {
  readonly services: ControlServices['config'];
  /** Brings the store up to what is declared now. @throws SettingsError when hub.yaml is wrong */
  readonly apply: () => Promise<ConfigOutcome>;
};

/** hub.yaml and the provider variables, compared with the store and brought into it. */
export function createDeclaredConfig(core: Core, reload: () => LoadedSettings): DeclaredConfig {
  let appliedAt: number | undefined;
  let path: string | undefined = reload().filePath;

  const run = async (mode: 'apply' | 'dry_run'): Promise<ConfigOutcome> => {
    const loaded = reload();
    path = loaded.filePath;
    const everything = declareEverything(loaded, core.environment, core.catalogue.current());
    const { changes, problems } = await planConfiguration(core, everything);
    const told = changes.map((change) => ({ action: actionOf(change), sentence: change.sentence }));
    const found = [...problems, ...everything.problems.map((message) => ({ message, path: undefined }))].map(
      ({ message, path: at }) => ({
        place: at === undefined ? (loaded.filePath ?? 'environment') : loaded.placeOf(at),
        message,
      }),
    );
    if (mode === 'dry_run' || problems.length > 0) return { applied: false, changes: told, problems: found };
    core.egress.setDeclared(declaredTargets(everything, core.catalogue.current()));
    const { failed } = await applyConfiguration(core, changes);
    for (const { sentence, error } of failed) core.logger.error({ err: error }, `not applied: ${sentence}`);
    appliedAt = core.clock.now();
    const failures = failed.map(({ sentence, error }) => ({
      place: loaded.filePath ?? 'environment',
      message: `${sentence} failed: ${error instanceof GatewayError ? error.message : 'see the log'}`,
    }));
    return { applied: true, changes: told, problems: [...found, ...failures] };
  };

  return {
    services: {
      status: async () => ({ path, appliedAt, version: core.snapshot.version }),
      apply: async (mode) => {
        try {
          return await run(mode);
        } catch (error) {
          if (!(error instanceof SettingsError)) throw error;
          const problems = error.problems.map(({ where, message }) => ({ place: where, message }));
          return { applied: false, changes: [], problems };
        }
      },
    },
    apply: () => run('apply'),
  };
}

function actionOf(change: Change): 'create' | 'update' | 'remove' {
  const verb = change.kind.slice(change.kind.indexOf('.') + 1);
  if (verb === 'create' || verb === 'add' || verb === 'set') return 'create';
  return verb === 'remove' || verb === 'clear' ? 'remove' : 'update';
}
