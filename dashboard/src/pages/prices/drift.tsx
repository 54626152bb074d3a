import { useState } from 'react';
import { useChange } from '../../api/hooks.ts';
import { useRows } from '../../api/pages.ts';
import type { PriceProposal } from '../../api/types.ts';
import { useAddress } from '../../app/address.ts';
import { useToast } from '../../app/toasts.tsx';
import { count, marginPercent, price } from '../../format/amounts.ts';
import { dateTime } from '../../format/times.ts';
import { Button } from '../../ui/button.tsx';
import { useChoiceColumn } from '../../ui/choice-column.tsx';
import { AreaField, SmallSelect } from '../../ui/field.tsx';
import { FormDialog } from '../../ui/form-dialog.tsx';
import { optionalTextOf, problemOf } from '../../ui/form-fields.ts';
import { List } from '../../ui/list.tsx';
import { Card, Empty } from '../../ui/parts.tsx';
import type { Column } from '../../ui/table.tsx';
import { useWords } from '../../words/index.ts';
import { ChangedLines } from './changed-lines.tsx';
import { nameOf, PRICES_CHANGED } from './types.ts';
import { useRuleWords } from './use-rules.ts';

type Decision = 'approve' | 'dismiss';
type Asked = { readonly ids: readonly string[]; readonly decision: Decision };

/** What a catalogue says that models cost, where another price is in force, and what is to become of it. */
export function Drift() {
  const { t, language } = useWords();
  const { said, say } = useAddress();
  const isDismissed = said['dismissed'] === 'true';
  const list = useRows('listPriceProposals', { limit: 100, dismissed: isDismissed ? 'true' : 'false' });
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [asked, setAsked] = useState<Asked>();
  const ids = (list.rows ?? []).map(({ id }) => id).filter((id) => chosen.has(id));
  const toggle = (some: readonly PriceProposal[], isOn: boolean): void => {
    const next = new Set(chosen);
    for (const { id } of some) {
      if (isOn) next.add(id);
      else next.delete(id);
    }
    setChosen(next);
  };
  return (
    <Card>
      <div className="mb-3 flex flex-wrap items-center gap-2">
        <SmallSelect
          label={t('app.state')}
          value={String(isDismissed)}
          onChange={(event) => say({ dismissed: event.target.value === 'true' ? 'true' : undefined })}
        >
          <option value="false">{t('prices.waiting')}</option>
          <option value="true">{t('prices.dismissed')}</option>
        </SmallSelect>
        <LookNow />
        {ids.length > 0 && (
          <div className="flex flex-wrap items-center gap-2 sm:ml-auto">
            <span role="status" className="font-medium text-accent">
              {t('prices.selected', { count: ids.length, text: count(ids.length, language) })}
            </span>
            <Button onClick={() => setAsked({ ids, decision: 'approve' })}>{t('prices.approve')}</Button>
            {!isDismissed && (
              <Button onClick={() => setAsked({ ids, decision: 'dismiss' })}>{t('prices.dismiss')}</Button>
            )}
          </div>
        )}
      </div>
      <List
        list={list}
        label={t('prices.tabs.drift')}
        keyOf={({ id }) => id}
        columns={useColumns({ rows: list.rows ?? [], chosen, isDismissed, onToggle: toggle, onAsk: setAsked })}
        empty={
          <Empty
            icon="check"
            title={t(isDismissed ? 'prices.noDismissed' : 'prices.noDrift')}
            text={t('prices.driftText')}
          />
        }
      />
      {asked !== undefined && (
        <Decide asked={asked} onDone={() => setChosen(new Set())} onClose={() => setAsked(undefined)} />
      )}
    </Card>
  );
}

function LookNow() {
  const { t, language } = useWords();
  const toast = useToast();
  const look = useChange('refreshPrices', PRICES_CHANGED);
  return (
    <Button
      icon="refresh"
      isBusy={look.isPending}
      onClick={() =>
        look.mutate(
          {},
          {
            onSuccess: ({ added, proposed }) =>
              toast(t('prices.looked', { added: count(added, language), proposed: count(proposed, language) })),
            onError: ({ message }) => toast(message, 'bad'),
          },
        )
      }
    >
      {t('prices.lookNow')}
    </Button>
  );
}

type ColumnsProps = {
  readonly rows: readonly PriceProposal[];
  readonly chosen: ReadonlySet<string>;
  readonly isDismissed: boolean;
  readonly onToggle: (rows: readonly PriceProposal[], isOn: boolean) => void;
  readonly onAsk: (asked: Asked) => void;
};

function useColumns({ rows, chosen, isDismissed, onToggle, onAsk }: ColumnsProps): readonly Column<PriceProposal>[] {
  const { t, language } = useWords();
  const { providerName } = useRuleWords();
  const driftOf = ({ drift_percent: drift }: PriceProposal): string =>
    drift === undefined ? t('prices.otherThan') : marginPercent(drift, language);
  const acts = (proposal: PriceProposal) => (
    <div className="flex justify-end gap-1">
      {(['approve', 'dismiss'] as const)
        .filter((decision) => decision === 'approve' || !isDismissed)
        .map((decision) => (
          <Button
            key={decision}
            look="quiet"
            icon={decision === 'approve' ? 'check' : 'close'}
            label={`${t(`prices.${decision}`)}: ${nameOf(proposal)}`}
            onClick={() => onAsk({ ids: [proposal.id], decision })}
          />
        ))}
    </div>
  );
  const choice = useChoiceColumn({ rows, isChosen: ({ id }) => chosen.has(id), nameOf, onToggle });
  return [
    choice,
    {
      name: 'model',
      head: t('prices.model'),
      cell: (proposal) => (
        <div className="min-w-32">
          <span className="font-mono text-[13px] font-medium wrap-anywhere">{proposal.model}</span>
          <p className="text-xs text-dim">{providerName(proposal.provider_id)}</p>
          <p className="text-xs wrap-anywhere text-dim">
            {t('prices.foundIn', { origin: proposal.origin, time: dateTime(proposal.found_at, language) })}
          </p>
        </div>
      ),
    },
    {
      name: 'change',
      head: t('prices.inForceToProposed'),
      cell: (proposal) => (
        <>
          <ChangedLines
            before={proposal.current?.prices}
            after={proposal.prices}
            amountOf={({ usd_per_million: usd }) => price(usd, language)}
          />
          <div className="mt-1 flex flex-wrap items-center justify-between md:hidden">
            <span className="text-dim">{driftOf(proposal)}</span>
            {acts(proposal)}
          </div>
        </>
      ),
    },
    {
      name: 'drift',
      head: t('prices.driftPercent'),
      isNumber: true,
      isMinor: true,
      cell: driftOf,
    },
    {
      name: 'actions',
      head: <span className="sr-only">{t('app.actions')}</span>,
      isMinor: true,
      cell: acts,
    },
  ];
}

type DecideProps = { readonly asked: Asked; readonly onDone: () => void; readonly onClose: () => void };

function Decide({ asked: { ids, decision }, onDone, onClose }: DecideProps) {
  const { t, language } = useWords();
  const toast = useToast();
  const decide = useChange('decidePriceProposals', PRICES_CHANGED);
  const amount = { count: ids.length, text: count(ids.length, language) };
  const problem = problemOf(decide.error, 'reason');
  return (
    <FormDialog
      title={t(`prices.${decision}`)}
      action={t(`prices.${decision}`)}
      error={problem === undefined ? decide.error : null}
      isBusy={decide.isPending}
      onSubmit={(fields) => {
        const reason = optionalTextOf(fields, 'reason');
        decide.mutate(
          { body: { ids, decision, ...(reason === undefined ? {} : { reason }) } },
          {
            onSuccess: ({ decided }) => {
              toast(t('prices.decided', { count: decided, text: count(decided, language) }));
              onDone();
              onClose();
            },
          },
        );
      }}
      onClose={onClose}
    >
      <p>{t(decision === 'approve' ? 'prices.approveText' : 'prices.dismissText', amount)}</p>
      <AreaField label={t('prices.reason')} name="reason" isOptional rows={2} maxLength={500} problem={problem} />
    </FormDialog>
  );
}
