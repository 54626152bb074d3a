import { type FormEvent, useId } from 'react';
import type { Answer } from '../../api/call.ts';
import { useAsk, useChange } from '../../api/hooks.ts';
import { dollars, duration } from '../../format/amounts.ts';
import { Button } from '../../ui/button.tsx';
import { CheckField } from '../../ui/check-field.tsx';
import { TextField } from '../../ui/field.tsx';
import { textOf } from '../../ui/form-fields.ts';
import { Card, Problem } from '../../ui/parts.tsx';
import { Table } from '../../ui/table.tsx';
import { useWords } from '../../words/index.ts';
import { StandingBadge } from './standing.tsx';

/** Asks which deployments a request would be tried at now. */
export function Explain() {
  const { t } = useWords();
  const ask = useChange('explainRoute', []);
  const listId = useId();
  const routes = useAsk('listRoutes', { query: { limit: 500 } });
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    ask.mutate({
      body: {
        model: textOf(fields, 'model'),
        tags: tagsOf(textOf(fields, 'tags')),
        input_tokens: Number(textOf(fields, 'tokens')),
        tools: fields.has('tools'),
        images: fields.has('images'),
      },
    });
  };
  return (
    <div className="grid items-start gap-4 lg:grid-cols-[20rem_minmax(0,1fr)]">
      <Card title={<span className="font-normal text-dim">{t('routes.tryText')}</span>}>
        <form onSubmit={submit} className="flex flex-col gap-4">
          <TextField label={t('routes.tryModel')} name="model" required maxLength={256} list={listId} />
          <datalist id={listId}>
            {routes.data?.data.map(({ id, name }) => (
              <option key={id} value={name} />
            ))}
          </datalist>
          <TextField label={t('routes.tryTags')} name="tags" hint={t('routes.tryTagsHint')} isOptional />
          <TextField
            label={t('routes.tryTokens')}
            name="tokens"
            inputMode="numeric"
            pattern="[0-9]{1,8}"
            defaultValue="1000"
            required
          />
          <CheckField label={t('routes.tryTools')} name="tools" />
          <CheckField label={t('routes.tryImages')} name="images" />
          <div>
            <Button type="submit" look="primary" isBusy={ask.isPending}>
              {t('routes.tryIt')}
            </Button>
          </div>
        </form>
      </Card>
      <div className="flex min-w-0 flex-col gap-4">
        <Problem error={ask.error} />
        {ask.data !== undefined && ask.error === null && (
          <Explained explained={ask.data} name={ask.variables?.body?.model ?? ''} />
        )}
      </div>
    </div>
  );
}

function Explained({ explained, name }: { readonly explained: Answer<'explainRoute'>; readonly name: string }) {
  const { t, language } = useWords();
  const { route_id, rule, strategy, steps, retries_left } = explained;
  const how = { name, strategy: t(`routes.strategies.${strategy}`) };
  return (
    <Card title={t('routes.tryOrder')}>
      <p className="mb-3 text-dim">
        {route_id === undefined
          ? t('routes.tryByItself')
          : rule === undefined
            ? t('routes.tryByRoute', how)
            : t('routes.tryByRule', { ...how, count: rule })}
      </p>
      <Table
        label={t('routes.tryOrder')}
        rows={steps}
        keyOf={({ deployment }) => deployment}
        columns={[
          { name: 'tier', head: t('routes.tier'), isNarrow: true, cell: ({ tier }) => tier },
          {
            name: 'deployment',
            head: t('routes.deployment'),
            cell: ({ deployment }) => <code className="font-mono text-[13px] wrap-anywhere">{deployment}</code>,
          },
          { name: 'standing', head: t('routes.standing'), cell: (step) => <StandingBadge standing={step.standing} /> },
          { name: 'weight', head: t('routes.weight'), isNumber: true, isMinor: true, cell: ({ weight }) => weight },
          { name: 'flight', head: t('routes.inFlight'), isNumber: true, isMinor: true, cell: (step) => step.in_flight },
          {
            name: 'first',
            head: t('routes.firstByteMean'),
            isNumber: true,
            isMinor: true,
            cell: ({ first_byte_ms }) => (first_byte_ms === undefined ? '–' : duration(first_byte_ms, language)),
          },
          {
            name: 'cost',
            head: t('routes.cost'),
            isNumber: true,
            cell: ({ cost_nano_usd }) => (cost_nano_usd === undefined ? '–' : dollars(cost_nano_usd, language)),
          },
        ]}
      />
      <p className="mt-3 text-[13px] text-dim">{t('routes.retriesLeft', { count: retries_left })}</p>
    </Card>
  );
}

function tagsOf(text: string): Readonly<Record<string, string>> {
  const pairs = text
    .split(',')
    .map((pair) => pair.split('=', 2).map((part) => part.trim()))
    .filter(([name]) => name !== undefined && name !== '');
  return Object.fromEntries(pairs.map(([name = '', value = '']) => [name, value]));
}
