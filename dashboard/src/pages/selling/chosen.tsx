import { useState } from 'react';
import { useChange } from '../../api/hooks.ts';
import { everyRow } from '../../api/pages.ts';
import { useToast } from '../../app/toasts.tsx';
import { count } from '../../format/amounts.ts';
import { Button } from '../../ui/button.tsx';
import { useProblemText } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import type { ModelOffer, SellingView } from './view.ts';

/** Offers in one request. */
const AT_ONCE = 500;

type ChosenProps = {
  readonly view: SellingView;
  readonly chosen: ReadonlyMap<string, ModelOffer>;
  readonly total: number | undefined;
  readonly onAll: (offers: readonly ModelOffer[], isOn: true) => void;
  readonly onNone: () => void;
};

/** What is chosen, the way to all that the filter shows, and what can be done with it. */
export function Chosen({ view, chosen, total, onAll, onNone }: ChosenProps) {
  const { t, language } = useWords();
  const all = useAll(view);
  const { isBusy, give } = useGiving(chosen, onNone);
  const isSome = chosen.size > 0;
  return (
    <div
      className={`mb-3 flex flex-wrap items-center gap-2 rounded-lg px-3.5 py-2 ${isSome ? 'bg-accent-ground' : 'bg-ground'}`}
    >
      <span
        role="status"
        className={`mr-auto flex min-h-9 items-center ${isSome ? 'font-medium text-accent' : 'text-dim'}`}
      >
        {isSome
          ? t('selling.offers.selected', { count: chosen.size, text: count(chosen.size, language) })
          : t('selling.offers.noneSelected')}
      </span>
      {isSome && total !== undefined && chosen.size < total && (
        <Button isBusy={all.isBusy} onClick={() => void all.load((offers) => onAll(offers, true))}>
          {t('selling.offers.selectAll', { count: total, text: count(total, language) })}
        </Button>
      )}
      {isSome && (
        <>
          <Button look="quiet" onClick={onNone}>
            {t('selling.offers.selectNone')}
          </Button>
          <Button isBusy={isBusy} onClick={() => void give(false)}>
            {t('selling.offers.hide')}
          </Button>
          <Button look="primary" isBusy={isBusy} onClick={() => void give(true)}>
            {t('selling.offers.publish')}
          </Button>
        </>
      )}
    </div>
  );
}

/** Publishes or hides what is chosen; what something stands in the way of stays hidden, and is counted. */
function useGiving(chosen: ReadonlyMap<string, ModelOffer>, onDone: () => void) {
  const { t, language } = useWords();
  const toast = useToast();
  const problemText = useProblemText();
  const change = useChange('changeModelOffers', ['listModelOffers', 'getCharging']);
  const [isBusy, setIsBusy] = useState(false);
  const give = async (published: boolean): Promise<void> => {
    const wanted = [...chosen.values()].filter((offer) => offer.published !== published);
    const possible = published ? publishable(wanted) : wanted;
    setIsBusy(true);
    try {
      for (let start = 0; start < possible.length; start += AT_ONCE) {
        const part = possible.slice(start, start + AT_ONCE);
        await change.mutateAsync({ body: { offers: part.map(({ name }) => ({ name, published })) } });
      }
      const said = (number: number) => ({ count: number, text: count(number, language) });
      const left = wanted.length - possible.length;
      if (possible.length > 0 || left === 0) toast(t('selling.offers.changed', said(possible.length)));
      if (left > 0) toast(t('selling.offers.left', said(left)), 'bad');
      onDone();
    } catch {
      if (change.error !== null) toast(problemText(change.error), 'bad');
      else toast(t('errors.unavailable'), 'bad');
    } finally {
      setIsBusy(false);
    }
  };
  return { isBusy, give };
}

/** Those that nothing stands in the way of: an alias may be published together with its model, which goes first. */
function publishable(wanted: readonly ModelOffer[]): readonly ModelOffer[] {
  const models = wanted.filter(({ obstacle, target }) => target === undefined && obstacle === undefined);
  const names = new Set(models.map(({ name }) => name));
  const aliases = wanted.filter(
    ({ obstacle, target }) =>
      target !== undefined && (obstacle === undefined || (obstacle === 'target_hidden' && names.has(target))),
  );
  return [...models, ...aliases];
}

/** Reads every page of what the filter shows. */
function useAll({ query }: SellingView) {
  const toast = useToast();
  const { t } = useWords();
  const [isBusy, setIsBusy] = useState(false);
  const load = async (use: (offers: readonly ModelOffer[]) => void): Promise<void> => {
    setIsBusy(true);
    try {
      use(await everyRow('listModelOffers', query));
    } catch {
      toast(t('errors.unavailable'), 'bad');
    } finally {
      setIsBusy(false);
    }
  };
  return { isBusy, load };
}
