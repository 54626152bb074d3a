import { addressOf } from '../../api/call.ts';
import { useAsk, useChange } from '../../api/hooks.ts';
import type { Health, HubInfo } from '../../api/types.ts';
import { ago, dateTime } from '../../format/times.ts';
import { Button } from '../../ui/button.tsx';
import { DownloadLink } from '../../ui/download-link.tsx';
import { Facts, List } from '../../ui/list.tsx';
import { Badge, Card, Empty, Loading, Problem, type Tone } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import { Dotted } from './dotted.tsx';

const LOOK_EVERY_MS = 15_000;
const TONE_OF = { ok: 'good', degraded: 'warn', failed: 'bad', unknown: 'calm' } as const satisfies Record<
  Health['state'],
  Tone
>;

/** What hub this is, how it is, and what it does by itself. */
export function Status() {
  return (
    <div className="grid items-start gap-4 lg:grid-cols-2">
      <About />
      <HealthCard />
      <div className="min-w-0 lg:col-span-2">
        <Jobs />
      </div>
    </div>
  );
}

function About() {
  const { t } = useWords();
  const info = useAsk('getInfo', {});
  return (
    <Card
      title={t('system.about')}
      action={<DownloadLink href={addressOf('getDiagnostics', {})}>{t('system.diagnostics')}</DownloadLink>}
    >
      <Problem error={info.error} onRetry={() => void info.refetch()} />
      {info.data === undefined ? info.error === null && <Loading /> : <AboutFacts info={info.data} />}
      <p className="mt-3 text-[13px] text-dim">{t('system.diagnosticsHint')}</p>
    </Card>
  );
}

function AboutFacts({ info }: { readonly info: HubInfo }) {
  const { t, language } = useWords();
  const { row_security: rows } = info;
  return (
    <Facts
      facts={[
        [t('system.version'), info.version],
        ['Node.js', info.node_version],
        [t('system.mode'), t(`system.modes.${info.mode}`)],
        [t('system.store'), info.store === 'sqlite' ? 'SQLite' : 'PostgreSQL'],
        [t('system.schema'), info.schema_version],
        [
          t('system.rowSecurity'),
          <span key="rows">
            <Badge tone={rows.state === 'on' ? 'good' : rows.state === 'off' ? 'warn' : 'calm'}>
              {t(`system.rowStates.${rows.state}`)}
            </Badge>
            {rows.reason !== undefined && <p className="mt-1 text-dim">{rows.reason}</p>}
            {rows.remedy !== undefined && <p className="mt-1">{rows.remedy}</p>}
          </span>,
        ],
        [t('system.simulated'), info.simulated ? t('app.yes') : undefined],
        [t('system.configuration'), String(info.configuration_version)],
        [t('system.instance'), <code key="instance">{info.instance_id}</code>],
        [t('system.started'), `${dateTime(info.started_at, language)} (${ago(info.started_at, language)})`],
      ]}
    />
  );
}

function HealthCard() {
  const { t } = useWords();
  const health = useAsk('getHealth', {}, { everyMs: LOOK_EVERY_MS });
  const check = useChange('checkHealth', ['getHealth']);
  const shown = health.data;
  return (
    <Card
      title={
        <span className="flex items-center gap-2">
          {t('system.health')}
          {shown !== undefined && <Badge tone={TONE_OF[shown.state]}>{t(`system.healthStates.${shown.state}`)}</Badge>}
        </span>
      }
      action={
        <Button icon="refresh" isBusy={check.isPending} onClick={() => check.mutate({})}>
          {check.isPending ? t('system.checking') : t('system.check')}
        </Button>
      }
    >
      <Problem error={health.error ?? check.error} />
      {shown === undefined ? health.error === null && <Loading /> : <Checks health={shown} />}
      <p className="mt-3 text-[13px] text-dim">{t('system.checkHint')}</p>
    </Card>
  );
}

const CHECKS = ['store', 'records', 'vault', 'accepting'] as const;

/** A newer hub may check what this build has no word for. */
function isCheck(name: string): name is (typeof CHECKS)[number] {
  return CHECKS.some((one) => one === name);
}

function Checks({ health }: { readonly health: Health }) {
  const { t } = useWords();
  const rows = [
    ...health.checks.map((check) => ({
      ...check,
      id: check.name,
      name: isCheck(check.name) ? t(`system.healthChecks.${check.name}`) : check.name,
      kind: undefined,
    })),
    ...health.connections.map((one) => ({ ...one, id: one.connection_id, kind: t('system.connection') })),
  ];
  return (
    <ul className="divide-y divide-line">
      {rows.map(({ id, name, kind, state, message }) => (
        <li key={id} className="flex items-start justify-between gap-3 py-2">
          <div className="min-w-0">
            <p className="font-medium wrap-anywhere">
              {name} {kind !== undefined && <span className="font-normal text-dim">{kind}</span>}
            </p>
            {message !== undefined && <p className="text-[13px] wrap-anywhere text-dim">{message}</p>}
          </div>
          <Badge tone={TONE_OF[state]}>{t(`system.healthStates.${state}`)}</Badge>
        </li>
      ))}
    </ul>
  );
}

function Jobs() {
  const { t, language } = useWords();
  const jobs = useAsk('listJobs', {}, { everyMs: LOOK_EVERY_MS });
  return (
    <Card title={t('system.jobs')}>
      <List
        list={{ rows: jobs.data?.data, error: jobs.error, reload: () => void jobs.refetch() }}
        label={t('system.jobs')}
        keyOf={({ name }) => name}
        empty={<Empty icon="refresh" title={t('system.noJobs')} />}
        columns={[
          {
            name: 'name',
            head: t('app.name'),
            cell: ({ name, last_error }) => (
              <>
                <Dotted name={name} />
                {last_error !== undefined && <p className="mt-1 text-[13px] wrap-anywhere text-bad">{last_error}</p>}
              </>
            ),
          },
          {
            name: 'last',
            head: t('system.lastRun'),
            cell: ({ last_run_at }) => (last_run_at === undefined ? t('app.never') : ago(last_run_at, language)),
          },
          { name: 'next', head: t('system.nextRun'), cell: ({ next_due_at }) => ago(next_due_at, language) },
          {
            name: 'state',
            head: t('app.state'),
            isMinor: true,
            cell: ({ last_error, last_run_at }) =>
              last_run_at === undefined ? (
                '–'
              ) : (
                <Badge tone={last_error === undefined ? 'good' : 'bad'}>
                  {last_error === undefined ? t('system.healthStates.ok') : t('system.healthStates.failed')}
                </Badge>
              ),
          },
        ]}
      />
    </Card>
  );
}
