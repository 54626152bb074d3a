import { Link } from '@tanstack/react-router';
import { useRows } from '../../api/pages.ts';
import { useAddress } from '../../app/address.ts';
import { type CallableModel, useOfferWords } from '../../app/callable.ts';
import { useCredits } from '../../app/credits.ts';
import { mayMakeKeys, usePlace } from '../../app/session.tsx';
import { count, price } from '../../format/amounts.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { List } from '../../ui/list.tsx';
import { Badge, Card, Empty, PageHeader } from '../../ui/parts.tsx';
import { Section } from '../../ui/section.tsx';
import { useWords } from '../../words/index.ts';
import { plainLine } from '../prices/types.ts';
import { useModalities } from './marks.tsx';
import { CreditLines } from './price-lines.tsx';

/** The models that a member may call, for who does not see where they come from. */
export function CallablePage() {
  const { t } = useWords();
  return (
    <>
      <PageHeader title={t('models.title')} intro={t('models.callableIntro')} />
      <CallableList />
    </>
  );
}

/** What may be called, and what that costs or is charged: all prices of a model open beside the list. */
export function CallableList() {
  const { t, language } = useWords();
  const { credit } = usePlace();
  const { said, say } = useAddress();
  const modalities = useModalities();
  const list = useRows('listCallableModels', { limit: 100 });
  const opened = list.rows?.find(({ name }) => name === said['prices']);
  const tokens = (value: number | undefined): string => (value === undefined ? '–' : count(value, language, 'narrow'));
  return (
    <>
      <Card>
        <List
          list={list}
          label={t('models.title')}
          keyOf={({ name }) => name}
          columns={[
            { name: 'name', head: t('app.name'), cell: (model) => <Name model={model} /> },
            {
              name: 'does',
              head: t('models.does'),
              isMinor: true,
              cell: ({ operations }) => operations.map((operation) => t(`requests.operations.${operation}`)).join(', '),
            },
            {
              name: 'modalities',
              head: t('models.modalities'),
              isMinor: true,
              cell: (model) => modalities(model) ?? '–',
            },
            {
              name: 'context',
              head: t('models.context'),
              isNumber: true,
              // On a phone there is no room for both it and prices in credits, which are longer.
              isMinor: credit !== undefined,
              cell: (model) => tokens(model.context_tokens),
            },
            {
              name: 'price',
              head: (
                <span title={t(credit === undefined ? 'models.priceHint' : 'models.creditHint')}>
                  {t('models.price')}
                </span>
              ),
              isNumber: true,
              cell: (model) =>
                credit === undefined ? (
                  <Price prices={model.prices} language={language} />
                ) : (
                  <Charged model={model} onOpen={() => say({ prices: model.name })} />
                ),
            },
          ]}
          empty={<Empty icon="models" title={t('models.emptyTitle')} text={t('models.callableEmpty')} />}
        />
      </Card>
      {opened?.charged !== undefined && (
        <Dialog isPanel title={opened.name} onClose={() => say({ prices: undefined })}>
          <Section title={t('models.prices')}>
            <CreditLines lines={opened.charged} />
          </Section>
        </Dialog>
      )}
    </>
  );
}

type ChargedProps = { readonly model: CallableModel; readonly onOpen: () => void };

/** Input and output where nothing special applies; all the rest opens. */
function Charged({ model: { name, charged }, onOpen }: ChargedProps) {
  const { t } = useWords();
  const { rate } = useCredits();
  if (charged === undefined) return <span className="text-dim">{t('models.noPrice')}</span>;
  const shown = (['input', 'output'] as const).map((unit) => plainLine(charged, unit)?.credits_per_million);
  const text = shown.some((each) => each !== undefined)
    ? shown.map((each) => (each === undefined ? '–' : rate(each))).join(' / ')
    : t('models.seePrices');
  return (
    <button
      type="button"
      title={t('models.pricesOf', { name })}
      onClick={onOpen}
      className="whitespace-nowrap text-accent tabular-nums hover:underline"
    >
      {text}
    </button>
  );
}

/** A name leads to the playground, where one may go there. */
function Name({ model: { name, display_name, offer, simulated } }: { readonly model: CallableModel }) {
  const { t } = useWords();
  const said = useOfferWords();
  const shownName = said(offer?.display_name) ?? display_name;
  const description = said(offer?.description);
  const place = usePlace();
  const { organizationId } = place;
  const text = <span className="font-mono text-[13px] font-medium wrap-anywhere">{name}</span>;
  return (
    <div className="min-w-36">
      {mayMakeKeys(place) ? (
        <Link
          to="/$organizationId/playground"
          params={{ organizationId }}
          search={{ model: name }}
          className="hover:underline"
        >
          {text}
        </Link>
      ) : (
        text
      )}
      {shownName !== undefined && <p className="text-xs text-dim">{shownName}</p>}
      {description !== undefined && <p className="max-w-prose text-xs text-dim">{description}</p>}
      {simulated === true && <Badge>{t('models.simulated')}</Badge>}
    </div>
  );
}

function Price({ prices, language }: { readonly prices: CallableModel['prices']; readonly language: string }) {
  const { t } = useWords();
  if (prices === undefined) return <span className="text-dim">{t('models.noPrice')}</span>;
  const [input, output] = [prices.input_tokens, prices.output_tokens].map((usd) =>
    usd === undefined ? '–' : price(usd, language),
  );
  return <span className="whitespace-nowrap">{`${input} / ${output}`}</span>;
}
