import { useState } from 'react';
import { useRows } from '../../api/pages.ts';
import type { Limit } from '../../api/types.ts';
import { mayManage, usePlace } from '../../app/session.tsx';
import { Act } from '../../ui/act.tsx';
import { Button } from '../../ui/button.tsx';
import { List } from '../../ui/list.tsx';
import { Badge, Card, Empty, PageHeader } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import { Counts } from './counts.tsx';
import { LimitForm } from './limit-form.tsx';
import { useLimitWords } from './use-limit-words.ts';

/** What is left changes with every call. */
const EVERY_MS = 10_000;

/** How much may be called and for how much money, what of it is left, and when that begins anew. */
export function Page() {
  const { t } = useWords();
  const place = usePlace();
  const [editing, setEditing] = useState<Limit | 'new'>();
  const list = useRows('listLimits', {}, { everyMs: EVERY_MS });
  const { amountOf, subjectOf, windowOf } = useLimitWords();
  return (
    <>
      <PageHeader title={t('limits.title')} intro={t('limits.intro')}>
        {mayManage(place) && (
          <Button look="primary" icon="plus" onClick={() => setEditing('new')}>
            {t('limits.make')}
          </Button>
        )}
      </PageHeader>
      <Card>
        <List
          list={list}
          label={t('limits.title')}
          keyOf={({ id }) => id}
          empty={<Empty icon="limits" title={t('limits.emptyTitle')} text={t('limits.emptyText')} />}
          columns={[
            {
              name: 'name',
              head: t('limits.name'),
              cell: (limit) => (
                <div className="min-w-28">
                  <p className="font-medium wrap-anywhere">{limit.name}</p>
                  <p className="text-[13px] text-dim">
                    {amountOf(limit)} · {windowOf(limit)}
                  </p>
                  <Badge tone={limit.mode === 'hard' ? 'accent' : 'calm'}>{t(`limits.${limit.mode}`)}</Badge>
                  {limit.source !== 'store' && (
                    <p className="text-[13px] text-dim">{t(`models.sources.${limit.source}`)}</p>
                  )}
                  <div className="mt-2 md:hidden">
                    <p className="mb-1 text-[13px] text-dim">{subjectOf(limit)}</p>
                    <Counts limit={limit} />
                  </div>
                </div>
              ),
            },
            {
              name: 'whom',
              head: t('limits.whom'),
              isMinor: true,
              cell: (limit) => (
                <>
                  <p>{subjectOf(limit)}</p>
                  {limit.models !== undefined && (
                    <p className="font-mono text-[13px] break-words text-dim">{limit.models.join(', ')}</p>
                  )}
                </>
              ),
            },
            { name: 'left', head: t('limits.left'), isMinor: true, cell: (limit) => <Counts limit={limit} /> },
            {
              name: 'actions',
              head: <span className="sr-only">{t('app.actions')}</span>,
              isNumber: true,
              cell: (limit) =>
                mayManage(place) &&
                limit.source === 'store' && <LimitActs limit={limit} onEdit={() => setEditing(limit)} />,
            },
          ]}
        />
      </Card>
      {editing !== undefined && (
        <LimitForm limit={editing === 'new' ? undefined : editing} onClose={() => setEditing(undefined)} />
      )}
    </>
  );
}

function LimitActs({ limit: { id, name, revision }, onEdit }: { readonly limit: Limit; readonly onEdit: () => void }) {
  const { t } = useWords();
  return (
    <div className="flex justify-end gap-1">
      <Button look="quiet" icon="start" label={`${t('app.edit')}: ${name}`} onClick={onEdit} />
      <Act
        operation="deleteLimit"
        taken={{ params: { limit_id: id }, revision }}
        changes={['listLimits']}
        label={t('app.remove')}
        of={name}
        icon="trash"
        look="quiet"
        confirm={t('limits.removeText', { name })}
      />
    </div>
  );
}
