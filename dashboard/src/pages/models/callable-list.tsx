import { Link } from '@tanstack/react-router';
import { useRows } from '../../api/pages.ts';
import type { CallableModel } from '../../app/callable.ts';
import { mayMakeKeys, usePlace } from '../../app/session.tsx';
import { count, price } from '../../format/amounts.ts';
import { List } from '../../ui/list.tsx';
import { Badge, Card, Empty, PageHeader } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import { useModalities } from './marks.tsx';

/** The models that a member may call, for who does not see where they come from. */
export function CallableList() {
  const { t, language } = useWords();
  const modalities = useModalities();
  const list = useRows('listCallableModels', { limit: 100 });
  const tokens = (value: number | undefined): string => (value === undefined ? '–' : count(value, language, 'narrow'));
  return (
    <>
      <PageHeader title={t('models.title')} intro={t('models.callableIntro')} />
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
              cell: (model) => tokens(model.context_tokens),
            },
            {
              name: 'price',
              head: <span title={t('models.priceHint')}>{t('models.price')}</span>,
              isNumber: true,
              cell: ({ prices }) => <Price prices={prices} language={language} />,
            },
          ]}
          empty={<Empty icon="models" title={t('models.emptyTitle')} text={t('models.callableEmpty')} />}
        />
      </Card>
    </>
  );
}

/** A name leads to the playground, where one may go there. */
function Name({ model: { name, display_name, simulated } }: { readonly model: CallableModel }) {
  const { t } = useWords();
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
      {display_name !== undefined && <p className="text-xs text-dim">{display_name}</p>}
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
