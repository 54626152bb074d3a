import { Link } from '@tanstack/react-router';
import type { Answer } from '../../api/call.ts';
import { usePlace } from '../../app/session.tsx';
import { count, dollars } from '../../format/amounts.ts';
import { date } from '../../format/times.ts';
import { Card, Notice } from '../../ui/parts.tsx';
import { Table } from '../../ui/table.tsx';
import { useNamesOf } from '../../usage/names.ts';
import { useWords } from '../../words/index.ts';
import { Arithmetic } from './arithmetic.tsx';

type MonthForecast = Answer<'forecastUsage'>;
type Costs = MonthForecast['organization'];

/** What the calendar month has cost and will have cost: in all, what that is made of, and by project. */
export function Forecast({ forecast }: { readonly forecast: MonthForecast }) {
  const { t, language } = useWords();
  const { organization: whole, month } = forecast;
  const { projection } = whole;
  return (
    <Card title={t('savings.forecast')}>
      <dl className="grid gap-4 sm:grid-cols-3">
        <Amount
          name={t('savings.soFar')}
          value={dollars(whole.so_far.cost_nano_usd, language)}
          note={t('savings.since', { date: date(month.start, language) })}
        />
        <Amount
          name={t('savings.expected')}
          value={projection === undefined ? '–' : dollars(projection.expected.cost_nano_usd, language)}
          note={
            projection === undefined ? t('savings.tooFewDays') : t('savings.ofDays', { count: projection.days_of_data })
          }
        />
        <Amount
          name={t('savings.range')}
          value={projection === undefined ? '–' : rangeText(projection, language)}
          note={t('savings.rangeText')}
        />
      </dl>
      {whole.unpriced_requests > 0 && (
        <div className="mt-4">
          <Notice tone="warn">{t('savings.unpriced', { count: whole.unpriced_requests })}</Notice>
        </div>
      )}
      {projection !== undefined && (
        <Arithmetic>
          <Weekdays costs={whole} projection={projection} />
        </Arithmetic>
      )}
      {forecast.projects.length > 1 && <Projects projects={forecast.projects} />}
    </Card>
  );
}

function Amount({ name, value, note }: { readonly name: string; readonly value: string; readonly note: string }) {
  return (
    <div className="min-w-0">
      <dt className="text-[13px] text-dim">{name}</dt>
      <dd>
        <span className="block text-2xl font-semibold tracking-tight break-words tabular-nums">{value}</span>
        <span className="text-[13px] text-dim">{note}</span>
      </dd>
    </div>
  );
}

type Projection = NonNullable<Costs['projection']>;

function rangeText({ lowest, highest }: Projection, language: string): string {
  return `${dollars(lowest.cost_nano_usd, language)} – ${dollars(highest.cost_nano_usd, language)}`;
}

/** 1970-01-05 was a Monday. */
function weekdayName(weekday: number, language: string): string {
  const format = new Intl.DateTimeFormat(language, { weekday: 'long', timeZone: 'UTC' });
  return format.format(new Date(Date.UTC(1970, 0, 4 + weekday)));
}

function Weekdays({ costs, projection }: { readonly costs: Costs; readonly projection: Projection }) {
  const { t, language } = useWords();
  const money = (of: { readonly cost_nano_usd: string }): string => dollars(of.cost_nano_usd, language);
  return (
    <>
      <p className="max-w-prose text-dim">
        {t('savings.method', {
          soFar: money(costs.so_far),
          today: money(costs.today),
          expected: money(projection.expected),
        })}
      </p>
      <Table
        label={t('savings.arithmetic')}
        rows={projection.weekdays}
        keyOf={({ weekday }) => String(weekday)}
        columns={[
          { name: 'weekday', head: t('savings.weekday'), cell: ({ weekday }) => weekdayName(weekday, language) },
          { name: 'mean', head: t('savings.mean'), isNumber: true, cell: ({ mean }) => money(mean) },
          {
            name: 'lowest',
            head: t('savings.lowest'),
            isNumber: true,
            isMinor: true,
            cell: ({ lowest }) => money(lowest),
          },
          {
            name: 'highest',
            head: t('savings.highest'),
            isNumber: true,
            isMinor: true,
            cell: ({ highest }) => money(highest),
          },
          {
            name: 'days',
            head: t('savings.days'),
            isNumber: true,
            isMinor: true,
            cell: ({ days }) => count(days, language),
          },
          {
            name: 'toCome',
            head: t('savings.toCome'),
            isNumber: true,
            cell: ({ to_come }) => count(to_come, language),
          },
        ]}
      />
    </>
  );
}

function Projects({ projects }: { readonly projects: MonthForecast['projects'] }) {
  const { t, language } = useWords();
  const { organizationId } = usePlace();
  const nameOf = useNamesOf('project');
  return (
    <div className="mt-4">
      <h3 className="mb-2 font-semibold">{t('overview.byProject')}</h3>
      <Table
        label={t('overview.byProject')}
        rows={projects}
        keyOf={({ project_id }) => project_id}
        columns={[
          {
            name: 'name',
            head: t('app.name'),
            cell: ({ project_id: project }) => (
              <Link
                to="/$organizationId/usage"
                params={{ organizationId }}
                search={{ project, range: 'month' }}
                className="text-accent underline"
              >
                {nameOf(project)}
              </Link>
            ),
          },
          {
            name: 'soFar',
            head: t('savings.soFar'),
            isNumber: true,
            cell: ({ so_far }) => dollars(so_far.cost_nano_usd, language),
          },
          {
            name: 'expected',
            head: t('savings.expected'),
            isNumber: true,
            cell: ({ projection }) =>
              projection === undefined ? '–' : dollars(projection.expected.cost_nano_usd, language),
          },
          {
            name: 'range',
            head: t('savings.range'),
            isNumber: true,
            isMinor: true,
            cell: ({ projection }) => (projection === undefined ? '–' : rangeText(projection, language)),
          },
        ]}
      />
    </div>
  );
}
