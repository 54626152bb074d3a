import { useState } from 'react';
import { useChange } from '../../api/hooks.ts';
import { everyRow } from '../../api/pages.ts';
import { useToast } from '../../app/toasts.tsx';
import { useWords } from '../../words/index.ts';

/** Moves a published model in the list of customers: by a step, or to a place counted from 1. */
export function useOrder() {
  const { t } = useWords();
  const toast = useToast();
  const [isBusy, setIsBusy] = useState(false);
  const reload = useChange('orderModelOffers', ['listModelOffers']);
  const move = async (name: string, to: { readonly step: number } | { readonly place: number }): Promise<void> => {
    setIsBusy(true);
    try {
      const names = (await everyRow('listModelOffers', { state: 'published' })).map((offer) => offer.name);
      const from = names.indexOf(name);
      const wanted = 'step' in to ? from + to.step : to.place - 1;
      const place = Math.min(Math.max(wanted, 0), names.length - 1);
      if (from === -1 || place === from) return;
      names.splice(place, 0, ...names.splice(from, 1));
      await reload.mutateAsync({ body: { names } });
      toast(t('selling.offers.moved', { name, place: place + 1 }));
    } catch {
      toast(t('errors.unavailable'), 'bad');
    } finally {
      setIsBusy(false);
    }
  };
  return { isBusy, move };
}
