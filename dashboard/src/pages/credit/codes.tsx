import { useState } from 'react';
import { useRows } from '../../api/pages.ts';
import { useCredits } from '../../app/credits.ts';
import { count } from '../../format/amounts.ts';
import { dateTime, logTime } from '../../format/times.ts';
import { Button } from '../../ui/button.tsx';
import { List, OpenButton } from '../../ui/list.tsx';
import { Card, Empty } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import { BatchState } from './batch-state.tsx';
import { BatchPanel } from './code-batch.tsx';
import { CreditHeader } from './credit-header.tsx';
import { NewCodes } from './new-codes.tsx';

/** Codes that give credit to whoever redeems them, by the batches that they were made in. */
export function Codes() {
  const { t } = useWords();
  const list = useRows('listCodeBatches', {});
  const [isMaking, setIsMaking] = useState(false);
  const [open, setOpen] = useState<string>();
  const opened = list.rows?.find(({ id }) => id === open);
  return (
    <>
      <CreditHeader current="codes">
        <Button look="primary" icon="plus" onClick={() => setIsMaking(true)}>
          {t('credit.codes.make')}
        </Button>
      </CreditHeader>
      <p className="mb-3 max-w-prose text-dim">{t('credit.codes.text')}</p>
      <Card>
        <Batches list={list} onOpen={setOpen} />
      </Card>
      {isMaking && <NewCodes onClose={() => setIsMaking(false)} />}
      {opened !== undefined && <BatchPanel batch={opened} onClose={() => setOpen(undefined)} />}
    </>
  );
}

type BatchesProps = {
  readonly list: ReturnType<typeof useRows<'listCodeBatches'>>;
  readonly onOpen: (id: string) => void;
};

function Batches({ list, onOpen }: BatchesProps) {
  const { t, language } = useWords();
  const { amount: amountOf } = useCredits();
  return (
    <List
      list={list}
      label={t('credit.tabs.codes')}
      keyOf={({ id }) => id}
      empty={<Empty icon="credit" title={t('credit.codes.none')} text={t('credit.codes.noneText')} />}
      columns={[
        {
          name: 'batch',
          head: t('credit.codes.batch'),
          cell: ({ id, name }) => <OpenButton onOpen={() => onOpen(id)}>{name}</OpenButton>,
        },
        { name: 'state', head: t('app.state'), cell: (batch) => <BatchState batch={batch} /> },
        {
          name: 'uses',
          head: t('credit.codes.redeemedOf'),
          isNumber: true,
          cell: ({ uses, count: codes, uses_max }) => `${count(uses, language)} / ${count(codes * uses_max, language)}`,
        },
        {
          name: 'until',
          head: t('credit.codes.validUntil'),
          isMinor: true,
          cell: ({ valid_until }) =>
            valid_until === undefined ? t('credit.codes.always') : dateTime(valid_until, language),
        },
        {
          name: 'created',
          head: t('app.createdAt'),
          isMinor: true,
          cell: ({ created_at }) => logTime(created_at, language),
        },
        {
          name: 'amount',
          head: t('credit.amount'),
          isNumber: true,
          isMinor: true,
          cell: ({ amount }) => amountOf(amount),
        },
      ]}
    />
  );
}
