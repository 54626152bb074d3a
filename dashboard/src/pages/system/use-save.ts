import type { OperationId } from '../../api/call.ts';
import { useChange } from '../../api/hooks.ts';
import { useToast } from '../../app/toasts.tsx';
import { useWords } from '../../words/index.ts';

/** The way in which a form changes its own part of the installation. */
export type Saving = ReturnType<typeof useSave>;

/** `alsoChanges`: what else has to be asked for anew. */
export function useSave(alsoChanges: readonly OperationId[] = []) {
  const { t } = useWords();
  const toast = useToast();
  const change = useChange('updateInstallation', ['getInstallation', 'getSignInOptions', ...alsoChanges]);
  type Body = Parameters<typeof change.mutate>[0]['body'];
  return {
    error: change.error,
    isBusy: change.isPending,
    save: (body: NonNullable<Body>, revision: number) =>
      change.mutate({ body, revision }, { onSuccess: () => toast(t('organization.saved')) }),
  };
}
