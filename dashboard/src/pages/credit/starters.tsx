import { Link } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import type { Answer } from '../../api/call.ts';
import { useAsk, useChange } from '../../api/hooks.ts';
import { useRows } from '../../api/pages.ts';
import type { Installation } from '../../api/types.ts';
import { useCredits } from '../../app/credits.ts';
import { usePlace } from '../../app/session.tsx';
import { useToast } from '../../app/toasts.tsx';
import { dateTime, logTime } from '../../format/times.ts';
import { Button } from '../../ui/button.tsx';
import { CheckField } from '../../ui/check-field.tsx';
import { AreaField, TextField } from '../../ui/field.tsx';
import { linesOf, optionalTextOf, problemOf, textOf } from '../../ui/form-fields.ts';
import { List } from '../../ui/list.tsx';
import { Badge, Card, Empty, Loading, Notice, Problem } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import { AmountField } from './amount-field.tsx';
import { CreditHeader } from './credit-header.tsx';

type Starter = Answer<'listStarterCredits'>['data'][number];

const PEOPLE_A_DAY = 100;
const NAME_MAX = 100;

/** What whoever signs up begins with, and who got it. */
export function Starters() {
  // Above the form, which begins anew once it is saved.
  const saving = useChange('updateInstallation', ['getInstallation']);
  const asked = useAsk('getInstallation', {});
  return (
    <>
      <CreditHeader current="starters" />
      <div className="flex flex-col gap-4">
        {asked.data === undefined ? (
          <Card>{asked.error === null ? <Loading /> : <Problem error={asked.error} />}</Card>
        ) : (
          <StarterOffer key={JSON.stringify(asked.data.starter_credits)} installation={asked.data} saving={saving} />
        )}
        <Given />
      </div>
    </>
  );
}

type OfferProps = {
  readonly installation: Installation;
  readonly saving: ReturnType<typeof useChange<'updateInstallation'>>;
};

/** What whoever signs up is given to begin with. */
export function StarterOffer({ installation, saving: { error, isPending, mutate } }: OfferProps) {
  const { t } = useWords();
  const toast = useToast();
  const { sign_up, sign_up_joins, starter_credits: offer, revision } = installation;
  const [isOffered, setIsOffered] = useState(offer !== undefined);
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    const lastsDays = optionalTextOf(fields, 'lasts_days');
    const wanted = isOffered
      ? {
          name: textOf(fields, 'name'),
          amount: textOf(fields, 'amount'),
          ...(lastsDays === undefined ? {} : { lasts_days: Number(lastsDays) }),
          per_day_max: Number(textOf(fields, 'per_day_max')),
          refused_domains: linesOf(fields, 'refused_domains'),
        }
      : null;
    mutate(
      { body: { starter_credits: wanted }, revision },
      { onSuccess: () => toast(t(wanted === null ? 'credit.starters.ended' : 'credit.starters.saved')) },
    );
  };
  return (
    <Card title={t('credit.starters.title')}>
      <form onSubmit={submit} className="flex max-w-xl flex-col gap-4">
        <p className="max-w-prose text-dim">{t('credit.starters.text')}</p>
        {(sign_up === 'invitation' || sign_up_joins === 'first') && <NobodySignsUp />}
        <CheckField
          label={t('credit.starters.offer')}
          checked={isOffered}
          onChange={(event) => setIsOffered(event.target.checked)}
        />
        {isOffered && <OfferFields offer={offer} error={error} />}
        <Problem error={error} />
        <div>
          <Button type="submit" look="primary" isBusy={isPending}>
            {t('app.save')}
          </Button>
        </div>
      </form>
    </Card>
  );
}

function NobodySignsUp() {
  const { t } = useWords();
  const { organizationId } = usePlace();
  return (
    <Notice tone="warn">
      {t('credit.starters.nobody')}{' '}
      <Link
        to="/$organizationId/system"
        params={{ organizationId }}
        search={{ tab: 'installation' }}
        className="underline"
      >
        {t('credit.starters.signUp')}
      </Link>
    </Notice>
  );
}

function OfferFields({
  offer,
  error,
}: {
  readonly offer: Installation['starter_credits'];
  readonly error: OfferProps['saving']['error'];
}) {
  const { t } = useWords();
  return (
    <>
      <TextField
        label={t('app.name')}
        name="name"
        required
        maxLength={NAME_MAX}
        defaultValue={offer?.name ?? t('credit.starters.title')}
        hint={t('credit.starters.nameHint')}
        problem={problemOf(error, 'starter_credits.name')}
      />
      <AmountField
        error={error}
        hint={t('credit.starters.amountHint')}
        {...(offer === undefined ? {} : { initially: offer.amount })}
      />
      <TextField
        label={t('credit.starters.lasts')}
        name="lasts_days"
        inputMode="numeric"
        pattern="[0-9]+"
        isOptional
        defaultValue={offer === undefined ? '30' : offer.lasts_days}
        hint={t('credit.starters.lastsHint')}
        problem={problemOf(error, 'starter_credits.lasts_days')}
      />
      <TextField
        label={t('credit.starters.perDay')}
        name="per_day_max"
        inputMode="numeric"
        pattern="[0-9]+"
        required
        defaultValue={offer?.per_day_max ?? PEOPLE_A_DAY}
        hint={t('credit.starters.perDayHint')}
        problem={problemOf(error, 'starter_credits.per_day_max')}
      />
      <AreaField
        label={t('credit.starters.refused')}
        name="refused_domains"
        isOptional
        placeholder="example.com"
        defaultValue={offer?.refused_domains.join('\n')}
        hint={t('credit.starters.refusedHint')}
        problem={problemOf(error, 'starter_credits.refused_domains')}
      />
    </>
  );
}

function Given() {
  const { t, language } = useWords();
  const { amount: amountOf } = useCredits();
  const list = useRows('listStarterCredits', {});
  return (
    <Card title={t('credit.starters.given')}>
      <List
        list={list}
        label={t('credit.starters.given')}
        keyOf={({ id }) => id}
        empty={<Empty icon="credit" title={t('credit.starters.none')} text={t('credit.starters.noneText')} />}
        columns={[
          {
            name: 'at',
            head: t('credit.at'),
            isMinor: true,
            cell: ({ created_at }) => logTime(created_at, language),
          },
          {
            name: 'organization',
            head: t('credit.levels.organization'),
            cell: ({ organization_id, organization_name, created_at }) => (
              <>
                <Link
                  to="/$organizationId/credit"
                  params={{ organizationId: organization_id }}
                  className="wrap-anywhere hover:text-accent hover:underline"
                >
                  {organization_name}
                </Link>
                <span className="block text-xs text-dim md:hidden">{logTime(created_at, language)}</span>
              </>
            ),
          },
          { name: 'what', head: t('credit.starters.became'), cell: (row) => <Became row={row} /> },
          {
            name: 'expires',
            head: t('credit.expires'),
            isMinor: true,
            cell: ({ expires_at }) => (expires_at === undefined ? t('app.never') : dateTime(expires_at, language)),
          },
          { name: 'amount', head: t('credit.amount'), isNumber: true, cell: ({ amount }) => amountOf(amount) },
        ]}
      />
    </Card>
  );
}

const TONES = { waiting: 'calm', given: 'good', refused: 'warn' } as const;

function Became({ row: { state, refusal } }: { readonly row: Starter }) {
  const { t } = useWords();
  return (
    <div className="break-normal">
      <Badge tone={TONES[state]}>{t(`credit.starters.states.${state}`)}</Badge>
      {refusal !== undefined && <p className="text-[13px] text-dim">{t(`credit.starters.refusals.${refusal}`)}</p>}
    </div>
  );
}
