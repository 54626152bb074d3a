import { useChange } from '../../api/hooks.ts';
import { useCredits } from '../../app/credits.ts';
import { useToast } from '../../app/toasts.tsx';
import { TextField } from '../../ui/field.tsx';
import { FormDialog } from '../../ui/form-dialog.tsx';
import { problemOf, textOf } from '../../ui/form-fields.ts';
import { useWords } from '../../words/index.ts';
import { MOVED } from './types.ts';

const CODE_CHARS_MAX = 64;

/** Gives the organization the credit of a code. */
export function RedeemDialog({ onClose }: { readonly onClose: () => void }) {
  const { t } = useWords();
  const { exactNamed } = useCredits();
  const toast = useToast();
  const redeem = useChange('redeemCode', MOVED);
  const { error } = redeem;
  const submit = (fields: FormData): void =>
    redeem.mutate(
      { body: { code: textOf(fields, 'code') } },
      {
        onSuccess: ({ grant, redeemed_before }) => {
          toast(
            t(redeemed_before ? 'credit.codes.hadBefore' : 'credit.codes.redeemed', {
              amount: exactNamed(grant.issued),
            }),
          );
          onClose();
        },
      },
    );
  return (
    <FormDialog
      title={t('credit.codes.redeem')}
      action={t('credit.codes.redeemAct')}
      error={error?.param === 'code' ? null : error}
      isBusy={redeem.isPending}
      onSubmit={submit}
      onClose={onClose}
    >
      <p className="text-dim">{t('credit.codes.redeemText')}</p>
      <TextField
        label={t('credit.codes.code')}
        name="code"
        required
        autoFocus
        maxLength={CODE_CHARS_MAX}
        placeholder="XXXX-XXXX-XXXX-XXXX"
        autoCapitalize="characters"
        problem={problemOf(error, 'code')}
      />
    </FormDialog>
  );
}
