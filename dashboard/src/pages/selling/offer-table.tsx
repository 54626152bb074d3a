import { Link, useNavigate } from '@tanstack/react-router';
import { useChange } from '../../api/hooks.ts';
import { useOfferWords } from '../../app/callable.ts';
import { useToast } from '../../app/toasts.tsx';
import { Button } from '../../ui/button.tsx';
import { useChoiceColumn } from '../../ui/choice-column.tsx';
import { Switch } from '../../ui/field.tsx';
import { Badge, useProblemText } from '../../ui/parts.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { useWords } from '../../words/index.ts';
import { useOrder } from './use-order.ts';
import type { ModelOffer, SellingView } from './view.ts';

type OfferTableProps = {
  readonly rows: readonly ModelOffer[];
  readonly view: SellingView;
  readonly chosen: ReadonlyMap<string, ModelOffer>;
  readonly onToggle: (offers: readonly ModelOffer[], isOn: boolean) => void;
};

export function OfferTable(props: OfferTableProps) {
  const { t } = useWords();
  const navigate = useNavigate();
  const { rows, view, chosen, onToggle } = props;
  const choice = useChoiceColumn({
    rows,
    isChosen: ({ name }) => chosen.has(name),
    nameOf: ({ name }: ModelOffer) => name,
    onToggle,
  });
  return (
    <Table
      label={t('selling.offers.title')}
      rows={rows}
      keyOf={({ name }) => name}
      onOpen={({ name }) => void navigate({ to: '.', search: { ...view.said, model: name } })}
      columns={[choice, useNameColumn(view), useWhereColumn(), useOrderColumn(view), usePublishedColumn()]}
    />
  );
}

function useNameColumn(view: SellingView): Column<ModelOffer> {
  const { t } = useWords();
  return { name: 'name', head: t('selling.offers.model'), cell: (offer) => <Name offer={offer} view={view} /> };
}

function Name({ offer, view }: { readonly offer: ModelOffer; readonly view: SellingView }) {
  const { t } = useWords();
  const said = useOfferWords();
  const displayName = said(offer.display_name) ?? offer.provider_display_name;
  const description = said(offer.description);
  return (
    <div className="min-w-28">
      <Link
        to="."
        search={{ ...view.said, model: offer.name }}
        // The row opens by a click, too.
        onClick={(event) => event.stopPropagation()}
        className="font-mono text-[13px] font-medium wrap-anywhere hover:underline"
      >
        {offer.name}
      </Link>
      {displayName !== undefined && <p className="text-xs">{displayName}</p>}
      {offer.target !== undefined && (
        <p className="text-xs text-dim">{t('selling.offers.alias', { name: offer.target })}</p>
      )}
      {description !== undefined && <p className="line-clamp-2 max-w-prose text-xs text-dim">{description}</p>}
      {offer.obstacle !== undefined && (
        <p className="mt-1">
          <Badge tone="warn">{t(`selling.offers.obstacles.${offer.obstacle}`)}</Badge>
        </p>
      )}
    </div>
  );
}

function useWhereColumn(): Column<ModelOffer> {
  const { t } = useWords();
  return {
    name: 'where',
    head: t('selling.offers.where'),
    isMinor: true,
    cell: ({ places }) => (
      <span className="wrap-anywhere">
        {[...new Set(places.map(({ connection }) => connection))].join(', ') || '–'}
      </span>
    ),
  };
}

/** Steps up and down, where all that is published is shown and nothing else. */
function useOrderColumn({ state, search }: SellingView): Column<ModelOffer> {
  const { t } = useWords();
  const { isBusy, move } = useOrder();
  return {
    name: 'actions',
    head: t('selling.offers.order'),
    isNarrow: true,
    isMinor: true,
    isLeftOut: state !== 'published' || search !== undefined,
    cell: ({ name }) => (
      <div className="flex" onClick={(event) => event.stopPropagation()} role="presentation">
        {([-1, 1] as const).map((step) => (
          <Button
            key={step}
            look="quiet"
            label={`${t(step < 0 ? 'selling.offers.up' : 'selling.offers.down')}: ${name}`}
            icon={step < 0 ? 'up' : 'lower'}
            disabled={isBusy}
            onClick={() => void move(name, { step })}
          />
        ))}
      </div>
    ),
  };
}

function usePublishedColumn(): Column<ModelOffer> {
  const { t } = useWords();
  const toast = useToast();
  const problemText = useProblemText();
  const change = useChange('changeModelOffers', ['listModelOffers', 'getCharging']);
  return {
    name: 'published',
    head: t('selling.offers.published'),
    isNarrow: true,
    cell: ({ name, published, obstacle }) => (
      <div onClick={(event) => event.stopPropagation()} role="presentation">
        <Switch
          label={t('selling.offers.isPublished', { name })}
          isOn={published}
          // What cannot be published can still be hidden.
          disabled={(obstacle !== undefined && !published) || change.isPending}
          onChange={(isOn) =>
            change.mutate(
              { body: { offers: [{ name, published: isOn }] } },
              { onError: (error) => toast(problemText(error), 'bad') },
            )
          }
        />
      </div>
    ),
  };
}
