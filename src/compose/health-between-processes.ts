import { isJsonObject, parseJsonOrUndefined } from '../kernel/json.ts';
import type { HealthChange } from '../routing/health.ts';
import type { HealthSignals } from '../routing/ports.ts';

/** What one process sees of deployments, told to the others of the hub. */
export type HealthBus = {
  readonly tell: (change: HealthChange) => void;
  readonly listen: (heard: (change: HealthChange) => void) => () => void;
};

/** Of a hub of one process. */
export const NOBODY_ELSE: HealthBus = { tell: () => undefined, listen: () => () => undefined };

/** Between the processes that share a store. What cannot be said is lost: the others will see for themselves. */
export function busOfStore(signals: HealthSignals, instanceId: string, onError: (error: unknown) => void): HealthBus {
  return {
    tell: ({ key, openForMs }) => {
      signals.send(JSON.stringify({ from: instanceId, key, openForMs })).catch(onError);
    },
    listen: (heard) =>
      signals.listen((text) => {
        const said = parseJsonOrUndefined(text);
        if (!isJsonObject(said) || said['from'] === instanceId) return;
        const { key, openForMs } = said;
        if (typeof key !== 'string') return;
        heard({ key, openForMs: typeof openForMs === 'number' ? openForMs : undefined });
      }),
  };
}
