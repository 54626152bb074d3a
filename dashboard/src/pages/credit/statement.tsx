import { Link } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { addressOf, type Taken } from '../../api/call.ts';
import { useAsk } from '../../api/hooks.ts';
import { useRows } from '../../api/pages.ts';
import { useAddress } from '../../app/address.ts';
import { useCredits } from '../../app/credits.ts';
import { usePlace } from '../../app/session.tsx';
import { logTime } from '../../format/times.ts';
import { Button } from '../../ui/button.tsx';
import { DownloadLink } from '../../ui/download-link.tsx';
import { SelectField, TextField } from '../../ui/field.tsx';
import { textOf } from '../../ui/form-fields.ts';
import { List } from '../../ui/list.tsx';
import { Badge, Card, Empty, type Tone } from '../../ui/parts.tsx';
import type { Column } from '../../ui/table.tsx';
import { useWords } from '../../words/index.ts';
import { dayStart } from '../audit/query.ts';
import { AccountLine, AccountName } from './account-name.tsx';
import { RefundDialog } from './refund-dialog.tsx';
import type { Entry } from './types.ts';

const KINDS = ['grant', 'charge', 'refund', 'withdrawal', 'expiry', 'correction', 'reversal', 'elsewhere'] as const;
const TONE_OF = {
  grant: 'good',
  charge: 'calm',
  refund: 'good',
  correction: 'accent',
  withdrawal: 'warn',
  reversal: 'warn',
  elsewhere: 'warn',
  expiry: 'warn',
} as const satisfies Record<Entry['kind'], Tone>;
const FIELDS = ['kind', 'from', 'to'] as const;

type Filter = NonNullable<Taken<'listCreditEntries'>['query']>;
type StatementProps = {
  readonly accountId: string | undefined;
  readonly nameOf: (accountId: string) => string | undefined;
};

/** Every movement, newest first, and the same as a file. */
export function Statement({ accountId, nameOf }: StatementProps) {
  const { t } = useWords();
  const { organizationId } = usePlace();
  const { said } = useAddress();
  const filter = filterOf(said, accountId);
  const list = useRows('listCreditEntries', filter, { keepsLast: true });
  const isFiltered = FIELDS.some((name) => said[name] !== undefined);
  const [refunding, setRefunding] = useState<string>();
  const file = { ...filter, format: 'csv' as const, organization_id: organizationId };
  return (
    <Card
      title={t('credit.statement')}
      action={
        <DownloadLink href={addressOf('exportCreditEntries', { query: file })} label={t('credit.exportCsv')}>
          CSV
        </DownloadLink>
      }
    >
      <Filters key={JSON.stringify(filter)} isFiltered={isFiltered} />
      <List
        list={list}
        label={t('credit.statement')}
        keyOf={({ id }) => id}
        empty={
          isFiltered ? (
            <Empty icon="filter" title={t('credit.nothingFound')} />
          ) : (
            <Empty icon="credit" title={t('credit.noEntries')} text={t('credit.noEntriesText')} />
          )
        }
        columns={useColumns(accountId, nameOf, setRefunding)}
      />
      {refunding !== undefined && <RefundDialog chargeId={refunding} onClose={() => setRefunding(undefined)} />}
    </Card>
  );
}

function filterOf(said: Readonly<Record<string, string | undefined>>, accountId: string | undefined): Filter {
  const kind = KINDS.find((one) => one === said['kind']);
  const from = dayStart(said['from'], 0);
  const to = dayStart(said['to'], 1);
  return {
    ...(accountId === undefined ? {} : { account_id: accountId }),
    ...(kind === undefined ? {} : { kind }),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
  };
}

/** The address keeps what was chosen. Its days are days where the reader is; the last is part of it. */
function Filters({ isFiltered }: { readonly isFiltered: boolean }) {
  const { t } = useWords();
  const { said, say } = useAddress();
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    say(Object.fromEntries(FIELDS.map((name) => [name, textOf(fields, name) || undefined])));
  };
  return (
    <form onSubmit={submit} className="mb-3 grid grid-cols-2 items-end gap-3 lg:grid-cols-[1fr_1fr_1fr_auto]">
      <div className="max-lg:col-span-2">
        <SelectField label={t('credit.kind')} name="kind" defaultValue={said['kind'] ?? ''}>
          <option value="">{t('credit.allKinds')}</option>
          {KINDS.map((kind) => (
            <option key={kind} value={kind}>
              {t(`credit.kinds.${kind}`)}
            </option>
          ))}
        </SelectField>
      </div>
      <TextField label={t('credit.from')} name="from" type="date" defaultValue={said['from'] ?? ''} />
      <TextField label={t('credit.to')} name="to" type="date" defaultValue={said['to'] ?? ''} />
      <div className="flex gap-2 max-lg:col-span-2">
        <Button type="submit" icon="filter">
          {t('credit.filter')}
        </Button>
        {isFiltered && (
          <Button look="quiet" onClick={() => say(Object.fromEntries(FIELDS.map((name) => [name, undefined])))}>
            {t('credit.clear')}
          </Button>
        )}
      </div>
    </form>
  );
}

function useColumns(
  accountId: string | undefined,
  nameOf: (accountId: string) => string | undefined,
  onRefund: (chargeId: string) => void,
): readonly Column<Entry>[] {
  const { t, language } = useWords();
  const { amount: amountOf } = useCredits();
  const { isOperator } = usePlace();
  const grantOf = useGrantNames(accountId);
  return [
    {
      name: 'at',
      head: t('credit.at'),
      cell: ({ at, kind }) => (
        <>
          <time dateTime={at} className="block min-w-24 tabular-nums">
            {logTime(at, language)}
          </time>
          <span className="mt-1 block md:hidden">
            <Badge tone={TONE_OF[kind]}>{t(`credit.kinds.${kind}`)}</Badge>
          </span>
        </>
      ),
    },
    {
      name: 'kind',
      head: t('credit.kind'),
      isMinor: true,
      cell: ({ kind }) => <Badge tone={TONE_OF[kind]}>{t(`credit.kinds.${kind}`)}</Badge>,
    },
    {
      name: 'account',
      head: t('credit.account'),
      isMinor: true,
      isLeftOut: accountId !== undefined,
      cell: ({ account_id: id }) => <AccountName account={{ id, name: nameOf(id) }} />,
    },
    {
      name: 'what',
      head: t('credit.what'),
      cell: (entry) => (
        <>
          <What entry={entry} grantName={grantOf(entry.grant_id)} />
          {accountId === undefined && (
            <div className="text-[13px] md:hidden">
              <AccountLine account={{ id: entry.account_id, name: nameOf(entry.account_id) }} />
            </div>
          )}
        </>
      ),
    },
    {
      name: 'amount',
      head: t('credit.amount'),
      isNumber: true,
      cell: ({ amount }) => (
        <span className={`whitespace-nowrap ${amount.startsWith('-') ? '' : 'text-good'}`}>
          {amount.startsWith('-') ? '' : '+'}
          {amountOf(amount)}
        </span>
      ),
    },
    {
      name: 'actions',
      head: <span className="sr-only">{t('app.actions')}</span>,
      isMinor: true,
      isLeftOut: !isOperator,
      cell: ({ kind, charge_id }) =>
        kind === 'charge' &&
        charge_id !== undefined && (
          <Button look="quiet" aria-label={`${t('credit.refund')}: ${charge_id}`} onClick={() => onRefund(charge_id)}>
            {t('credit.refund')}
          </Button>
        ),
    },
  ];
}

/** A charge leads to its request; anything else is about a grant. */
function What({ entry, grantName }: { readonly entry: Entry; readonly grantName: string }) {
  const { t } = useWords();
  const { organizationId } = usePlace();
  const { charge_id: chargeId, reason } = entry;
  return (
    <div className="min-w-24">
      {chargeId === undefined ? (
        <span className="wrap-anywhere">{grantName}</span>
      ) : (
        <Link
          to="/$organizationId/requests"
          params={{ organizationId }}
          search={{ request: chargeId }}
          aria-label={`${t('credit.openRequest')}: ${chargeId}`}
          className="text-accent hover:underline"
        >
          {t('credit.openRequest')}
        </Link>
      )}
      {reason !== undefined && <p className="text-[13px] wrap-anywhere text-dim">{reason}</p>}
    </div>
  );
}

function useGrantNames(accountId: string | undefined): (grantId: string) => string {
  const query = { limit: 500, ...(accountId === undefined ? {} : { account_id: accountId }) };
  const grants = useAsk('listCreditGrants', { query });
  const names = new Map(grants.data?.data.map(({ id, name }) => [id, name]));
  return (id) => names.get(id) ?? id;
}
