import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Answer } from '../../api/call.ts';
import { usePlace } from '../../app/session.tsx';
import { count, dollars, percent, price } from '../../format/amounts.ts';
import { date } from '../../format/times.ts';
import { Table } from '../../ui/table.tsx';
import { useNamesOf } from '../../usage/names.ts';
import type { RangeName } from '../../usage/range.ts';
import { useWords } from '../../words/index.ts';
import { Arithmetic } from './arithmetic.tsx';

type AnyFinding = Answer<'findSavings'>['findings'][number];
type Of<Kind extends AnyFinding['kind']> = Extract<AnyFinding, { readonly kind: Kind }>;
type InRange = { readonly range: RangeName };

/** One thing that could have cost less, or that is there for nothing. */
export function Finding({ finding, range }: InRange & { readonly finding: AnyFinding }) {
  switch (finding.kind) {
    case 'cheaper_deployment':
      return <Cheaper finding={finding} range={range} />;
    case 'uncached_input':
      return <Uncached finding={finding} range={range} />;
    case 'failed_spend':
      return <Failed finding={finding} range={range} />;
    case 'unused_keys':
      return <UnusedKeys finding={finding} />;
    case 'unused_credentials':
      return <UnusedCredentials finding={finding} />;
  }
}

type ShownProps = {
  readonly title: string;
  readonly text: string;
  readonly amount?: string;
  readonly children: ReactNode;
};

function Shown({ title, text, amount, children }: ShownProps) {
  return (
    <>
      <div className="flex flex-wrap items-baseline justify-between gap-x-4">
        <h3 className="min-w-0 font-semibold break-words">{title}</h3>
        {amount !== undefined && <p className="font-semibold tabular-nums">{amount}</p>}
      </div>
      <p className="max-w-prose text-dim">{text}</p>
      {children}
    </>
  );
}

/** The usage that a finding is about. */
function UsageLink({ search }: { readonly search: Readonly<Record<string, string>> }) {
  const { t } = useWords();
  const { organizationId } = usePlace();
  return (
    <Link to="/$organizationId/usage" params={{ organizationId }} search={search} className="text-accent underline">
      {t('savings.seeUsage')}
    </Link>
  );
}

function Cheaper({ finding, range }: InRange & { readonly finding: Of<'cheaper_deployment'> }) {
  const { t, language } = useWords();
  const nameOf = useNamesOf('connection');
  const { used, other } = finding;
  return (
    <Shown
      title={t('savings.cheaper', { model: finding.model })}
      text={t('savings.cheaperText', {
        count: finding.requests,
        used: nameOf(used.connection_id),
        other: nameOf(other.connection_id),
        cost: dollars(finding.cost.cost_nano_usd, language),
        otherCost: dollars(finding.other_cost.cost_nano_usd, language),
      })}
      amount={dollars(finding.saved.cost_nano_usd, language)}
    >
      <UsageLink search={{ model: used.upstream_model, connection: used.connection_id, range, by: 'connection' }} />
      <Arithmetic>
        {finding.estimated_requests > 0 && (
          <p className="text-dim">{t('savings.estimated', { count: finding.estimated_requests })}</p>
        )}
        <Table
          label={t('savings.arithmetic')}
          rows={finding.lines}
          keyOf={({ token_class }) => token_class}
          columns={[
            {
              name: 'class',
              head: t('overview.tokens'),
              cell: ({ token_class }) => t(`requests.classes.${token_class}`),
            },
            {
              name: 'tokens',
              head: t('savings.howMany'),
              isNumber: true,
              cell: ({ tokens }) => count(tokens, language),
            },
            {
              name: 'price',
              head: t('savings.priceAt', { name: nameOf(used.connection_id) }),
              isNumber: true,
              cell: (line) => price(line.price, language),
            },
            {
              name: 'other',
              head: t('savings.priceAt', { name: nameOf(other.connection_id) }),
              isNumber: true,
              cell: (line) => price(line.other_price, language),
            },
          ]}
        />
      </Arithmetic>
    </Shown>
  );
}

function Uncached({ finding, range }: InRange & { readonly finding: Of<'uncached_input'> }) {
  const { t, language } = useWords();
  const nameOf = useNamesOf('connection');
  const { used } = finding;
  const share = percent(finding.cached_tokens / finding.input_tokens, language);
  return (
    <Shown
      title={t('savings.uncached', { model: finding.model })}
      text={t('savings.uncachedText', {
        count: finding.requests,
        name: nameOf(used.connection_id),
        average: count(finding.average_input_tokens, language),
        share,
      })}
      amount={t('savings.atMost', { amount: dollars(finding.saved_at_most.cost_nano_usd, language) })}
    >
      <UsageLink search={{ model: used.upstream_model, connection: used.connection_id, range, show: 'input' }} />
      <Arithmetic>
        <p className="tabular-nums">
          {t('savings.uncachedSum', {
            tokens: count(finding.uncached_tokens, language),
            price: price(finding.price, language),
            cachedPrice: price(finding.cached_price, language),
            saved: dollars(finding.saved_at_most.cost_nano_usd, language),
          })}
        </p>
        <p className="max-w-prose text-dim">{t('savings.upperBound')}</p>
      </Arithmetic>
    </Shown>
  );
}

function Failed({ finding, range }: InRange & { readonly finding: Of<'failed_spend'> }) {
  const { t, language } = useWords();
  return (
    <Shown
      title={t('savings.failed', { model: finding.model })}
      text={t('savings.failedText', { count: finding.requests })}
      amount={dollars(finding.cost.cost_nano_usd, language)}
    >
      <UsageLink search={{ model: finding.model, by: 'status', range }} />
      <Arithmetic>
        <Table
          label={t('savings.arithmetic')}
          rows={finding.statuses}
          keyOf={({ status }) => status}
          columns={[
            { name: 'status', head: t('usage.dimensions.status'), cell: ({ status }) => t(`usage.statuses.${status}`) },
            {
              name: 'requests',
              head: t('overview.requests'),
              isNumber: true,
              cell: ({ requests }) => count(requests, language),
            },
            {
              name: 'cost',
              head: t('overview.cost'),
              isNumber: true,
              cell: ({ cost }) => dollars(cost.cost_nano_usd, language),
            },
          ]}
        />
      </Arithmetic>
    </Shown>
  );
}

function UnusedKeys({ finding: { keys } }: { readonly finding: Of<'unused_keys'> }) {
  const { t } = useWords();
  const { organizationId } = usePlace();
  return (
    <Shown title={t('savings.unusedKeys', { count: keys.length })} text={t('savings.unusedKeysText')}>
      <Link to="/$organizationId/keys" params={{ organizationId }} className="text-accent underline">
        {t('app.pages.keys')}
      </Link>
      <Arithmetic title={t('savings.which')}>
        <Unused rows={keys} cellOf={({ name }) => name} />
      </Arithmetic>
    </Shown>
  );
}

function UnusedCredentials({ finding: { credentials } }: { readonly finding: Of<'unused_credentials'> }) {
  const { t } = useWords();
  const { organizationId } = usePlace();
  const nameOf = useNamesOf('connection');
  return (
    <Shown
      title={t('savings.unusedCredentials', { count: credentials.length })}
      text={t('savings.unusedCredentialsText')}
    >
      <Arithmetic title={t('savings.which')}>
        <Unused
          rows={credentials}
          cellOf={({ name, connection_id: connection }) => (
            <Link
              to="/$organizationId/providers"
              params={{ organizationId }}
              search={{ connection }}
              className="text-accent underline"
            >
              {nameOf(connection)} · {name}
            </Link>
          )}
        />
      </Arithmetic>
    </Shown>
  );
}

type UnusedRow = { readonly id: string; readonly created_at: string; readonly last_used_at?: string };

function Unused<Row extends UnusedRow>({
  rows,
  cellOf,
}: {
  readonly rows: readonly Row[];
  readonly cellOf: (row: Row) => ReactNode;
}) {
  const { t, language } = useWords();
  return (
    <Table
      label={t('savings.unused')}
      rows={rows}
      keyOf={({ id }) => id}
      columns={[
        { name: 'name', head: t('app.name'), cell: cellOf },
        { name: 'created', head: t('savings.created'), isMinor: true, cell: (row) => date(row.created_at, language) },
        {
          name: 'used',
          head: t('savings.lastUsed'),
          cell: (row) => (row.last_used_at === undefined ? t('savings.never') : date(row.last_used_at, language)),
        },
      ]}
    />
  );
}
