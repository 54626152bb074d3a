import { useChange } from '../../api/hooks.ts';
import { useRows } from '../../api/pages.ts';
import type { Route } from '../../api/types.ts';
import { List, OpenButton } from '../../ui/list.tsx';
import { Card, Empty } from '../../ui/parts.tsx';
import { RemoveButton } from '../../ui/remove-button.tsx';
import { useWords } from '../../words/index.ts';

/** Every route, by name. */
export function RouteList({ onEdit }: { readonly onEdit: (route: Route) => void }) {
  const { t } = useWords();
  const list = useRows('listRoutes', {});
  return (
    <Card>
      <List
        list={list}
        label={t('routes.tabs.routes')}
        keyOf={({ id }) => id}
        columns={[
          {
            name: 'name',
            head: t('routes.name'),
            cell: (route) => <Name route={route} onEdit={() => onEdit(route)} />,
          },
          { name: 'targets', head: t('routes.targets'), cell: (route) => <Targets route={route} /> },
          {
            name: 'strategy',
            head: t('routes.strategy'),
            isMinor: true,
            cell: ({ strategy }) => <span className="break-normal">{t(`routes.strategies.${strategy}`)}</span>,
          },
          {
            name: 'affinity',
            head: t('routes.affinity'),
            isMinor: true,
            cell: ({ affinity }) => <span className="break-normal">{t(`routes.affinities.${affinity}`)}</span>,
          },
          {
            name: 'actions',
            head: <span className="sr-only">{t('app.actions')}</span>,
            isNumber: true,
            cell: (route) => route.source === 'store' && <RemoveRoute route={route} />,
          },
        ]}
        empty={<Empty icon="routes" title={t('routes.none')} text={t('routes.noneText')} />}
      />
    </Card>
  );
}

/** A route that is declared elsewhere is changed there, so it does not open. */
function Name({ route: { name, source }, onEdit }: { readonly route: Route; readonly onEdit: () => void }) {
  const { t } = useWords();
  const word = <span className="font-mono text-[13px] wrap-anywhere">{name}</span>;
  if (source === 'store') return <OpenButton onOpen={onEdit}>{word}</OpenButton>;
  return (
    <>
      {word}
      <p className="text-[13px] text-dim">{t(`models.sources.${source}`)}</p>
    </>
  );
}

/** The tiers of a route, one below the other. */
function Targets({ route: { tiers, rules } }: { readonly route: Route }) {
  const { t } = useWords();
  return (
    <ul className="flex flex-col gap-1">
      {tiers.map(({ targets }, index) => (
        // Tiers have no name but their place.
        <li key={index} className="wrap-anywhere">
          {tiers.length > 1 && <span className="mr-2 text-dim">{index + 1}</span>}
          {targets.map(({ model, weight }) => (weight === 1 ? model : `${model} × ${weight}`)).join(', ')}
        </li>
      ))}
      {rules.length > 0 && (
        <li className="text-[13px] text-dim">
          {t('routes.rules')}: {rules.length}
        </li>
      )}
    </ul>
  );
}

function RemoveRoute({ route: { id, name, revision } }: { readonly route: Route }) {
  const { t } = useWords();
  const { mutate, isPending, error } = useChange('deleteRoute', ['listRoutes']);
  return (
    <RemoveButton
      name={name}
      text={t('routes.removeText', { name })}
      isBusy={isPending}
      error={error}
      onRemove={(done) => mutate({ params: { route_id: id }, revision }, done)}
    />
  );
}
