import { useChange } from '../../api/hooks.ts';
import { useToast } from '../../app/toasts.tsx';
import type { Charging } from './setup.tsx';

export type ChargingField = Charging['ruled_by_settings'][number];

/** Changes whether and how calls are paid for; what is shown of credit elsewhere is asked for anew. */
export function useCharging({ installation_revision }: Charging) {
  const toast = useToast();
  const change = useChange('updateCharging', [
    'getCharging',
    'getInstallation',
    'getMe',
    'listModelOffers',
    'listChargedPrices',
    'listCallableModels',
  ]);
  type Body = NonNullable<Parameters<typeof change.mutate>[0]['body']>;
  return {
    error: change.error,
    isBusy: change.isPending,
    reset: change.reset,
    save: (body: Body, done: string, onDone?: () => void) =>
      change.mutate(
        { body, revision: installation_revision },
        {
          onSuccess: () => {
            toast(done);
            onDone?.();
          },
        },
      ),
  };
}

/** Leaves out what the settings say: that is not changed here. */
export function withoutRuled<Body extends object>({ ruled_by_settings }: Charging, body: Body): Partial<Body> {
  const isRuled = (field: string): boolean => ruled_by_settings.some((ruled) => ruled === field);
  return Object.fromEntries(Object.entries(body).filter(([field]) => !isRuled(field))) as Partial<Body>;
}
