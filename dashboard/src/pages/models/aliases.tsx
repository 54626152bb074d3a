import { useState } from 'react';
import { useAsk, useChange } from '../../api/hooks.ts';
import { useRows } from '../../api/pages.ts';
import type { Alias } from '../../api/types.ts';
import { Button } from '../../ui/button.tsx';
import { List } from '../../ui/list.tsx';
import { Card, Empty, Problem } from '../../ui/parts.tsx';
import { RemoveButton } from '../../ui/remove-button.tsx';
import { useWords } from '../../words/index.ts';
import { NewAlias } from './new-alias.tsx';

/** Names of the organization's own for models. */
export function Aliases() {
  const { t } = useWords();
  const list = useRows('listAliases', {});
  const [isMaking, setIsMaking] = useState(false);
  const make = (
    <Button look="primary" icon="plus" onClick={() => setIsMaking(true)}>
      {t('models.aliasAdd')}
    </Button>
  );
  return (
    <Card title={<span className="font-normal text-dim">{t('models.aliasIntro')}</span>} action={make}>
      <List
        list={list}
        label={t('models.tabs.aliases')}
        keyOf={({ id }) => id}
        columns={[
          { name: 'name', head: t('app.name'), cell: ({ name }) => <Mono text={name} /> },
          { name: 'target', head: t('models.aliasTarget'), cell: ({ target }) => <Mono text={target} /> },
          {
            name: 'source',
            head: t('models.source'),
            isMinor: true,
            cell: ({ source }) => t(`models.sources.${source}`),
          },
          {
            name: 'actions',
            head: <span className="sr-only">{t('app.actions')}</span>,
            isNumber: true,
            cell: (alias) => alias.source === 'store' && <RemoveAlias alias={alias} />,
          },
        ]}
        empty={<Empty icon="models" title={t('models.aliasNone')} text={t('models.aliasNoneText')} />}
      />
      {isMaking && <NewAlias onClose={() => setIsMaking(false)} />}
    </Card>
  );
}

/** The aliases of one model, and a way to another. */
export function AliasesOf({ target }: { readonly target: string }) {
  const { t } = useWords();
  const asked = useAsk('listAliases', { query: { limit: 500 } });
  const [isMaking, setIsMaking] = useState(false);
  const own = asked.data?.data.filter((alias) => alias.target === target) ?? [];
  return (
    <>
      <Problem error={asked.error} />
      {own.length > 0 && (
        <ul className="flex flex-col gap-1">
          {own.map((alias) => (
            <li key={alias.id} className="flex items-center justify-between gap-2">
              <Mono text={alias.name} />
              {alias.source === 'store' ? (
                <RemoveAlias alias={alias} />
              ) : (
                <span className="text-[13px] text-dim">{t(`models.sources.${alias.source}`)}</span>
              )}
            </li>
          ))}
        </ul>
      )}
      <div>
        <Button icon="plus" onClick={() => setIsMaking(true)}>
          {t('models.aliasAdd')}
        </Button>
      </div>
      {isMaking && <NewAlias target={target} onClose={() => setIsMaking(false)} />}
    </>
  );
}

function RemoveAlias({ alias: { id, name, target } }: { readonly alias: Alias }) {
  const { t } = useWords();
  const { mutate, isPending, error } = useChange('deleteAlias', ['listAliases']);
  return (
    <RemoveButton
      name={name}
      text={t('models.aliasRemoveText', { name, target })}
      isBusy={isPending}
      error={error}
      onRemove={(done) => mutate({ params: { alias_id: id } }, done)}
    />
  );
}

export function Mono({ text }: { readonly text: string }) {
  return <code className="font-mono text-[13px] wrap-anywhere">{text}</code>;
}
