import { type Answer, addressOf } from '../../api/call.ts';
import { useAsk, useChange } from '../../api/hooks.ts';
import { useRows } from '../../api/pages.ts';
import { useCredits } from '../../app/credits.ts';
import { usePlace } from '../../app/session.tsx';
import { useToast } from '../../app/toasts.tsx';
import { moneyText } from '../../format/money.ts';
import { dateTime, ZONE } from '../../format/times.ts';
import { DownloadLink } from '../../ui/download-link.tsx';
import { NamedSelect } from '../../ui/field.tsx';
import { Icon } from '../../ui/icon.tsx';
import { List } from '../../ui/list.tsx';
import { Badge, Card, Empty, Problem } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import { monthName } from '../usage/months.ts';
import { CreditHeader } from './credit-header.tsx';

type Month = Answer<'listStatements'>['data'][number];
type Note = Answer<'listCreditNotes'>['data'][number];

const NOTE_PLACES = 6;

/** What an organization keeps in its books: a statement of each month, and a note of money that went back. */
export function Statements() {
  return (
    <>
      <CreditHeader current="statements" />
      <div className="flex flex-col gap-4">
        <Months />
        <CreditNotes />
      </div>
    </>
  );
}

function Months() {
  const { t, language } = useWords();
  const { exact } = useCredits();
  const list = useRows('listStatements', {});
  return (
    <Card title={t('credit.statements.title')}>
      <Zone />
      <List
        list={list}
        label={t('credit.statements.title')}
        keyOf={({ month }) => month}
        empty={<Empty icon="credit" title={t('credit.statements.none')} text={t('credit.statements.noneText')} />}
        columns={[
          {
            name: 'month',
            head: t('credit.statements.month'),
            cell: ({ month, final }) => (
              <>
                <span className="block min-w-24">{monthName(month, language)}</span>
                {!final && <Badge tone="accent">{t('credit.statements.running')}</Badge>}
              </>
            ),
          },
          {
            name: 'opening',
            head: t('credit.statements.opening'),
            isNumber: true,
            isMinor: true,
            cell: ({ opening }) => exact(opening),
          },
          {
            name: 'closing',
            head: t('credit.statements.closing'),
            isNumber: true,
            cell: ({ closing }) => <span className="wrap-anywhere">{exact(closing)}</span>,
          },
          {
            name: 'papers',
            head: <span className="sr-only">{t('app.actions')}</span>,
            cell: (row) => <Papers row={row} />,
          },
        ]}
      />
    </Card>
  );
}

function Papers({ row: { month } }: { readonly row: Month }) {
  const { t, language } = useWords();
  const { organizationId: organization_id } = usePlace();
  const of = monthName(month, language);
  const params = { month };
  const print = addressOf('printStatement', { params, query: { organization_id, lang: language } });
  const file = addressOf('exportStatement', { params, query: { organization_id, format: 'csv' } });
  return (
    <span className="flex flex-wrap justify-end gap-2">
      <PaperLink href={print} label={t('credit.statements.printOf', { of })} />
      <DownloadLink href={file} label={t('credit.statements.csvOf', { of })}>
        CSV
      </DownloadLink>
    </span>
  );
}

/** Opens a page that is made for paper. */
function PaperLink({ href, label }: { readonly href: string; readonly label: string }) {
  const { t } = useWords();
  return (
    <a
      className="inline-flex h-9 items-center gap-2 rounded-lg border border-line bg-raised px-3.5 text-sm font-medium whitespace-nowrap hover:border-edge"
      href={href}
      aria-label={label}
      target="_blank"
      rel="noopener"
    >
      <Icon name="external" />
      {t('credit.statements.print')}
    </a>
  );
}

/** By whose clocks months begin. Who runs the hub chooses it for a customer, too. */
function Zone() {
  const { t, language } = useWords();
  const { organizationId, role, isOperator } = usePlace();
  const toast = useToast();
  const asked = useAsk('getStatementZone', {});
  const changed = ['getStatementZone', 'listStatements'] as const;
  const own = useChange('setStatementZone', [...changed]);
  const any = useChange('setCustomerStatementZone', [...changed]);
  if (asked.data === undefined) return <Problem error={asked.error} />;
  const { time_zone: running, next } = asked.data;
  const mayChoose = isOperator || role === 'owner' || role === 'admin' || role === 'billing';
  const chosen = next?.time_zone ?? running;
  const zones = [...new Set([chosen, ZONE, 'UTC', ...Intl.supportedValuesOf('timeZone')])];
  const choose = (time_zone: string): void => {
    const done = { onSuccess: () => toast(t('credit.statements.zoneSaved')) };
    if (isOperator) any.mutate({ body: { organization_id: organizationId, time_zone } }, done);
    else own.mutate({ body: { time_zone } }, done);
  };
  return (
    <div className="mb-3 flex flex-wrap items-center gap-3">
      <p className="max-w-prose text-dim">
        {t('credit.statements.text', { zone: running })}
        {next !== undefined && (
          <> {t('credit.statements.next', { zone: next.time_zone, month: monthName(next.from, language) })}</>
        )}
      </p>
      {mayChoose && (
        <span className="lg:ml-auto">
          <NamedSelect
            label={t('credit.statements.zone')}
            value={chosen}
            disabled={own.isPending || any.isPending}
            onChange={({ target }) => choose(target.value)}
          >
            {zones.map((zone) => (
              <option key={zone} value={zone}>
                {zone}
              </option>
            ))}
          </NamedSelect>
        </span>
      )}
      <Problem error={own.error ?? any.error} />
    </div>
  );
}

function CreditNotes() {
  const { t, language } = useWords();
  const { exact } = useCredits();
  const list = useRows('listCreditNotes', {});
  return (
    <Card title={t('credit.statements.notes')}>
      <List
        list={list}
        label={t('credit.statements.notes')}
        keyOf={({ number }) => String(number)}
        empty={<Empty icon="credit" title={t('credit.statements.noNotes')} text={t('credit.statements.noNotesText')} />}
        columns={[
          {
            name: 'number',
            head: t('credit.statements.number'),
            cell: ({ number, issued_at: at }) => (
              <>
                <span className="tabular-nums whitespace-nowrap">{noteName(number)}</span>
                <span className="block text-xs text-dim">{dateTime(at, language)}</span>
              </>
            ),
          },
          {
            name: 'purchase',
            head: t('credit.statements.purchase'),
            isMinor: true,
            cell: ({ purchase_name: name }) => <span className="wrap-anywhere">{name}</span>,
          },
          {
            name: 'credits',
            head: t('credit.statements.takenBack'),
            isNumber: true,
            isMinor: true,
            cell: ({ credits }) => exact(credits),
          },
          {
            name: 'amount',
            head: t('credit.statements.returned'),
            isNumber: true,
            cell: ({ amount, currency }) => moneyText(amount, currency, language),
          },
          {
            name: 'print',
            head: <span className="sr-only">{t('app.actions')}</span>,
            cell: (row) => <NotePaper note={row} />,
          },
        ]}
      />
    </Card>
  );
}

function NotePaper({ note: { number } }: { readonly note: Note }) {
  const { t, language } = useWords();
  const { organizationId: organization_id } = usePlace();
  const href = addressOf('printCreditNote', {
    params: { number },
    query: { organization_id, lang: language },
  });
  return (
    <span className="flex justify-end">
      <PaperLink href={href} label={t('credit.statements.printOf', { of: noteName(number) })} />
    </span>
  );
}

function noteName(number: number): string {
  return `CN-${String(number).padStart(NOTE_PLACES, '0')}`;
}
