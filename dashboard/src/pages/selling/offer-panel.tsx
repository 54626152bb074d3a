import { Link } from '@tanstack/react-router';
import type { FormEvent } from 'react';
import { useAsk, useChange } from '../../api/hooks.ts';
import { usePlace } from '../../app/session.tsx';
import { useToast } from '../../app/toasts.tsx';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/field.tsx';
import { optionalTextOf } from '../../ui/form-fields.ts';
import { Badge, Loading, Notice, Problem } from '../../ui/parts.tsx';
import { Section } from '../../ui/section.tsx';
import { LANGUAGES, type Language, useWords } from '../../words/index.ts';
import { useOrder } from './use-order.ts';
import type { ModelOffer } from './view.ts';

const NAME_MAX = 100;
const DESCRIPTION_MAX = 500;
const LANGUAGE_TAGS = Object.keys(LANGUAGES) as readonly Language[];

/** What customers see of one model, why they might not, and where it is served; with an address of its own. */
export function OfferPanel({ name, onClose }: { readonly name: string; readonly onClose: () => void }) {
  const { t } = useWords();
  const asked = useAsk('listModelOffers', { query: { search: name, limit: 500 } });
  const offer = asked.data?.data.find((each) => each.name === name);
  return (
    <Dialog isPanel title={name} onClose={onClose}>
      <Problem error={asked.error} onRetry={() => void asked.refetch()} />
      {asked.data === undefined && asked.error === null && <Loading rows={8} />}
      {asked.data !== undefined && offer === undefined && <Notice tone="warn">{t('selling.offers.unknown')}</Notice>}
      {offer !== undefined && <Detail offer={offer} />}
    </Dialog>
  );
}

function Detail({ offer }: { readonly offer: ModelOffer }) {
  const { t } = useWords();
  return (
    <>
      {offer.obstacle !== undefined && <Obstacle offer={offer} obstacle={offer.obstacle} />}
      <Section title={t('selling.offers.describe')}>
        <WordsForm key={JSON.stringify([offer.display_name, offer.description])} offer={offer} />
      </Section>
      {offer.published && <PlaceForm key={offer.position} offer={offer} />}
      <Section title={t('selling.offers.places')}>
        <p className="text-[13px] text-dim">{t('selling.offers.placesHint')}</p>
        <ul className="flex flex-col gap-2">
          {offer.places.map(({ connection, model, priced }) => (
            <li key={`${connection}/${model}`} className="flex flex-wrap items-center gap-2">
              <span className="font-mono text-[13px] wrap-anywhere">{`${connection}/${model}`}</span>
              <Badge tone={priced ? 'good' : 'warn'}>
                {t(priced ? 'selling.offers.priced' : 'selling.offers.unpriced')}
              </Badge>
            </li>
          ))}
        </ul>
      </Section>
    </>
  );
}

type ObstacleProps = { readonly offer: ModelOffer; readonly obstacle: NonNullable<ModelOffer['obstacle']> };

/** Why customers do not have it, and where that is mended. */
function Obstacle({ offer: { target, places }, obstacle }: ObstacleProps) {
  const { t, language } = useWords();
  const { organizationId } = usePlace();
  const unpriced = places.filter(({ priced }) => !priced);
  const [first] = unpriced;
  const names = unpriced.map(({ connection, model }) => `${connection}/${model}`);
  return (
    <Notice tone="warn">
      <p className="wrap-anywhere">
        {t(`selling.offers.obstacleTexts.${obstacle}`, {
          places: names.join(language === 'zh-TW' ? '、' : ', '),
          target: target ?? '',
        })}
      </p>
      {obstacle === 'no_price' && first !== undefined && (
        <Link
          to="/$organizationId/prices"
          params={{ organizationId }}
          search={{ model: `${first.provider_id}/${first.model}` }}
          className="underline"
        >
          {t('selling.offers.setPrice')}
        </Link>
      )}
      {obstacle === 'target_hidden' && target !== undefined && (
        <Link to="." search={(before: object) => ({ ...before, model: target })} className="underline">
          {t('selling.offers.openTarget', { name: target })}
        </Link>
      )}
    </Notice>
  );
}

function WordsForm({ offer }: { readonly offer: ModelOffer }) {
  const { t } = useWords();
  const toast = useToast();
  const { error, isPending, mutate } = useChange('changeModelOffers', ['listModelOffers', 'getCharging']);
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    const wordsOf = (kind: string) =>
      Object.fromEntries(LANGUAGE_TAGS.map((tag) => [tag, optionalTextOf(fields, `${kind} ${tag}`) ?? null]));
    mutate(
      { body: { offers: [{ name: offer.name, display_name: wordsOf('name'), description: wordsOf('description') }] } },
      { onSuccess: () => toast(t('selling.offers.saved')) },
    );
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      {LANGUAGE_TAGS.map((tag) => (
        <div key={tag} className="flex flex-col gap-4">
          <TextField
            label={t(`selling.offers.names.${tag}`)}
            name={`name ${tag}`}
            lang={tag}
            maxLength={NAME_MAX}
            isOptional
            defaultValue={offer.display_name[tag]}
            hint={t('selling.offers.nameHint', { name: offer.provider_display_name ?? offer.name })}
          />
          <TextField
            label={t(`selling.offers.descriptions.${tag}`)}
            name={`description ${tag}`}
            lang={tag}
            maxLength={DESCRIPTION_MAX}
            isOptional
            defaultValue={offer.description[tag]}
          />
        </div>
      ))}
      <Problem error={error} />
      <div>
        <Button type="submit" look="primary" isBusy={isPending}>
          {t('app.save')}
        </Button>
      </div>
    </form>
  );
}

function PlaceForm({ offer }: { readonly offer: ModelOffer }) {
  const { t } = useWords();
  const { isBusy, move } = useOrder();
  const asked = useAsk('listModelOffers', { query: { state: 'published', limit: 500 } });
  const place = (asked.data?.data.findIndex(({ name }) => name === offer.name) ?? -1) + 1;
  if (place === 0) return null;
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const wanted = Number(optionalTextOf(new FormData(event.currentTarget), 'place'));
    if (Number.isInteger(wanted) && wanted > 0) void move(offer.name, { place: wanted });
  };
  return (
    <Section title={t('selling.offers.order')}>
      <form key={place} onSubmit={submit} className="flex flex-col items-start gap-3">
        <TextField
          label={t('selling.offers.place')}
          name="place"
          inputMode="numeric"
          pattern="[0-9]+"
          required
          defaultValue={place}
          hint={t('selling.offers.placeHint', { count: asked.data?.counts.published ?? place })}
        />
        <Button type="submit" isBusy={isBusy}>
          {t('app.save')}
        </Button>
      </form>
    </Section>
  );
}
