import { useState } from 'react';
import type { Answer } from '../../api/call.ts';
import { useChange } from '../../api/hooks.ts';
import { useCredits } from '../../app/credits.ts';
import { useToast } from '../../app/toasts.tsx';
import { count } from '../../format/amounts.ts';
import { dateTime } from '../../format/times.ts';
import { Button } from '../../ui/button.tsx';
import { CheckField } from '../../ui/check-field.tsx';
import { Code } from '../../ui/code.tsx';
import { Confirm } from '../../ui/dialog.tsx';
import { FileButton } from '../../ui/file-button.tsx';
import { Badge, Card, Notice, Problem } from '../../ui/parts.tsx';
import { Table } from '../../ui/table.tsx';
import { useWords } from '../../words/index.ts';
import { CreditHeader } from './credit-header.tsx';
import { MOVED } from './types.ts';

type Listed = Answer<'checkCreditList'>;
type Line = Listed['lines'][number];

const CHARS_MAX = 500_000;
/** More are not shown at once; those that are wrong come first. */
const SHOWN_MAX = 500;
const EXAMPLE = `external_id,amount,name,expires_at,reference
acme-42,250,Order 1042,2027-12-31,order-1042`;
const TONES = { new: 'good', known: 'calm', wrong: 'bad' } as const;

/** Credit for many: a file is looked at as a whole before anything of it is given. */
export function GrantLists() {
  const { t, language } = useWords();
  const toast = useToast();
  const check = useChange('checkCreditList', []);
  const give = useChange('giveCreditList', ['listCustomers', ...MOVED]);
  const [csv, setCsv] = useState<string>();
  const [refusal, setRefusal] = useState<string>();
  const read = async (file: File): Promise<void> => {
    setRefusal(undefined);
    give.reset();
    try {
      const text = await file.text();
      if (text.length > CHARS_MAX) return setRefusal(t('credit.lists.tooLarge'));
      setCsv(text);
      check.mutate({ body: { csv: text } });
    } catch {
      setRefusal(t('credit.lists.unread'));
    }
  };
  const send = (): void => {
    if (csv === undefined) return;
    give.mutate(
      { body: { csv } },
      {
        onSuccess: (given) => {
          toast(t('credit.lists.given', { count: given.new, shown: count(given.new, language) }));
          check.mutate({ body: { csv } });
        },
      },
    );
  };
  return (
    <>
      <CreditHeader current="lists" />
      <div className="flex flex-col gap-4">
        <Card title={t('credit.lists.title')}>
          <div className="flex flex-col gap-3">
            <p className="max-w-prose text-dim">{t('credit.lists.text')}</p>
            <p className="font-medium">{t('credit.lists.columns')}</p>
            <Code text={EXAMPLE} />
            <p className="max-w-prose text-[13px] text-dim">
              {t('credit.lists.needed')} {t('credit.lists.optional')}
            </p>
            <div>
              <FileButton
                word={t(check.data === undefined ? 'credit.lists.choose' : 'credit.lists.again')}
                label={t('credit.lists.choose')}
                types={['.csv', 'text/csv', 'text/plain']}
                onFile={(file) => void read(file)}
              />
            </div>
            {refusal !== undefined && <Notice tone="bad">{refusal}</Notice>}
            <Problem error={check.error ?? give.error} />
          </div>
        </Card>
        {check.data !== undefined && <Preview listed={check.data} isBusy={give.isPending} onGive={send} />}
      </div>
    </>
  );
}

type PreviewProps = { readonly listed: Listed; readonly isBusy: boolean; readonly onGive: () => void };

function Preview({ listed, isBusy, onGive }: PreviewProps) {
  const { t, language } = useWords();
  const { exactNamed } = useCredits();
  const [isAsked, setIsAsked] = useState(false);
  const [isOnlyWrong, setIsOnlyWrong] = useState(false);
  const shownOf = (number: number) => ({ count: number, shown: count(number, language) });
  const lines = isOnlyWrong ? listed.lines.filter(({ state }) => state === 'wrong') : listed.lines;
  return (
    <Card title={t('credit.lists.preview')}>
      <div className="mb-3 flex flex-wrap items-center gap-2" role="status">
        {(['new', 'known', 'wrong'] as const)
          .filter((state) => listed[state] > 0)
          .map((state) => (
            <Badge key={state} tone={TONES[state]}>
              {t(`credit.lists.states.${state}`)}: {count(listed[state], language)}
            </Badge>
          ))}
        {listed.wrong === 0 && listed.new > 0 && (
          <Button look="primary" isBusy={isBusy} onClick={() => setIsAsked(true)}>
            {t('credit.lists.give', shownOf(listed.new))}
          </Button>
        )}
      </div>
      {listed.wrong > 0 && (
        <div className="mb-3 flex flex-col gap-3">
          <Notice tone="bad">{t('credit.lists.someWrong', shownOf(listed.wrong))}</Notice>
          <CheckField
            label={t('credit.lists.onlyWrong')}
            checked={isOnlyWrong}
            onChange={(event) => setIsOnlyWrong(event.target.checked)}
          />
        </div>
      )}
      {listed.wrong === 0 && listed.new === 0 && <Notice tone="calm">{t('credit.lists.nothingNew')}</Notice>}
      <Lines lines={lines} />
      {isAsked && (
        <Confirm
          title={t('credit.give')}
          text={t('credit.lists.consequence', { ...shownOf(listed.new), amount: exactNamed(listed.total) })}
          action={t('credit.give')}
          isBusy={isBusy}
          isHarmless
          onConfirm={() => {
            setIsAsked(false);
            onGive();
          }}
          onClose={() => setIsAsked(false)}
        />
      )}
    </Card>
  );
}

function Lines({ lines }: { readonly lines: readonly Line[] }) {
  const { t, language } = useWords();
  const rank = ({ state }: Line): number => (state === 'wrong' ? 0 : 1);
  const shown = lines.toSorted((a, b) => rank(a) - rank(b) || a.line - b.line).slice(0, SHOWN_MAX);
  return (
    <Table
      label={t('credit.lists.preview')}
      rows={shown}
      keyOf={({ line }) => String(line)}
      columns={[
        { name: 'line', head: t('credit.lists.line'), cell: ({ line }) => line },
        {
          name: 'state',
          head: t('app.state'),
          cell: (line) => <State line={line} />,
        },
        {
          name: 'customer',
          head: t('credit.customers.customer'),
          cell: ({ customer, organization_name }) => (
            <>
              <span className="wrap-anywhere">{organization_name ?? '—'}</span>
              <span className="block font-mono text-xs wrap-anywhere text-dim">{customer}</span>
            </>
          ),
        },
        {
          name: 'what',
          head: t('credit.grant'),
          isMinor: true,
          cell: ({ name, reference }) => (
            <>
              <span className="wrap-anywhere">{name}</span>
              <span className="block font-mono text-xs wrap-anywhere text-dim">{reference}</span>
            </>
          ),
        },
        {
          name: 'expires',
          head: t('credit.expires'),
          isMinor: true,
          cell: ({ expires_at }) =>
            expires_at === undefined ? t('credit.codes.neverExpires') : dateTime(expires_at, language),
        },
        { name: 'amount', head: t('credit.amount'), isNumber: true, cell: ({ amount }) => amount },
      ]}
    />
  );
}

function State({ line: { state, problems } }: { readonly line: Line }) {
  const { t } = useWords();
  return (
    <>
      <Badge tone={TONES[state]}>{t(`credit.lists.states.${state}`)}</Badge>
      {problems.map(({ what, column }) => (
        <p key={`${what} ${column ?? ''}`} className="text-[13px] text-bad">
          {column !== undefined && <code>{column}: </code>}
          {t(`credit.lists.problems.${what}`)}
        </p>
      ))}
    </>
  );
}
