import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useChange } from '../../api/hooks.ts';
import { useRows } from '../../api/pages.ts';
import { useCredits } from '../../app/credits.ts';
import { useToast } from '../../app/toasts.tsx';
import { count } from '../../format/amounts.ts';
import { dateTime, logTime } from '../../format/times.ts';
import { Button } from '../../ui/button.tsx';
import { Confirm, Dialog } from '../../ui/dialog.tsx';
import { Facts, List } from '../../ui/list.tsx';
import { Empty, Problem } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import { BatchState, type CodeBatch } from './batch-state.tsx';

/** A batch of codes, and who redeemed them. */
export function BatchPanel({ batch, onClose }: { readonly batch: CodeBatch; readonly onClose: () => void }) {
  const { t } = useWords();
  const toast = useToast();
  const withdraw = useChange('withdrawCodeBatch', ['listCodeBatches']);
  const [isAsked, setIsAsked] = useState(false);
  return (
    <Dialog title={batch.name} onClose={onClose} isPanel>
      <BatchFacts batch={batch} />
      <Problem error={withdraw.error} />
      {batch.state !== 'withdrawn' && (
        <div>
          <Button look="danger" onClick={() => setIsAsked(true)}>
            {t('credit.codes.withdraw')}
          </Button>
        </div>
      )}
      <Redemptions batch={batch} />
      {isAsked && (
        <Confirm
          title={t('credit.codes.withdraw')}
          text={t('credit.codes.withdrawText')}
          action={t('credit.codes.withdraw')}
          isBusy={withdraw.isPending}
          onConfirm={() =>
            withdraw.mutate(
              { params: { batch_id: batch.id } },
              {
                onSuccess: () => toast(t('credit.codes.withdrawn')),
                onSettled: () => setIsAsked(false),
              },
            )
          }
          onClose={() => setIsAsked(false)}
        />
      )}
    </Dialog>
  );
}

function BatchFacts({ batch }: { readonly batch: CodeBatch }) {
  const { t, language } = useWords();
  const { exactNamed } = useCredits();
  const { valid_until, credit_expires_at, credit_lasts_days } = batch;
  const timeOf = (time: string | undefined): string | undefined => time && dateTime(time, language);
  const lasts = credit_lasts_days && t('credit.codes.lasts', { count: credit_lasts_days });
  return (
    <Facts
      facts={[
        [t('app.state'), <BatchState key="state" batch={batch} />],
        [t('credit.amount'), exactNamed(batch.amount)],
        [t('credit.codes.count'), count(batch.count, language)],
        [t('credit.codes.usesMax'), count(batch.uses_max, language)],
        [t('credit.codes.redeemedOf'), count(batch.uses, language)],
        [t('credit.codes.validUntil'), timeOf(valid_until) ?? t('credit.codes.always')],
        [t('credit.codes.creditExpires'), lasts ?? timeOf(credit_expires_at) ?? t('credit.codes.neverExpires')],
        ['ID', <code key="id">{batch.id}</code>],
      ]}
    />
  );
}

function Redemptions({ batch }: { readonly batch: CodeBatch }) {
  const { t, language } = useWords();
  const list = useRows('listRedemptions', {}, { params: { batch_id: batch.id } });
  return (
    <section>
      <h3 className="mb-2 font-semibold">{t('credit.codes.redemptions')}</h3>
      <List
        list={list}
        label={t('credit.codes.redemptions')}
        keyOf={({ grant_id }) => grant_id}
        empty={<Empty icon="credit" title={t('credit.codes.noRedemptions')} />}
        columns={[
          {
            name: 'organization',
            head: t('credit.levels.organization'),
            cell: ({ organization_id, organization_name }) => (
              <Link
                to="/$organizationId/credit"
                params={{ organizationId: organization_id }}
                className="wrap-anywhere hover:text-accent hover:underline"
              >
                {organization_name}
              </Link>
            ),
          },
          { name: 'number', head: t('credit.codes.number'), isNumber: true, cell: ({ number }) => number },
          { name: 'at', head: t('credit.at'), cell: ({ redeemed_at }) => logTime(redeemed_at, language) },
        ]}
      />
    </section>
  );
}
