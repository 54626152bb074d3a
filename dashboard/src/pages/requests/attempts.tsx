import type { RequestDetail } from '../../api/types.ts';
import { duration } from '../../format/amounts.ts';
import { Id } from '../../ui/id.tsx';
import { Badge } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import type { Names } from './names.ts';

type Attempt = RequestDetail['attempts'][number];
type Phase = {
  readonly name: 'wait' | 'headers' | 'first' | 'rest';
  readonly fromMs: number;
  readonly toMs: number;
};

const FILLS = {
  wait: 'fill-(--series-rest) bg-(--series-rest)',
  headers: 'fill-(--series-1) bg-(--series-1)',
  first: 'fill-(--series-3) bg-(--series-3)',
  rest: 'fill-(--series-2) bg-(--series-2)',
} as const;
const WIDTH = 1000;
const HEIGHT = 10;

/** The calls to providers on one line of time: how long each waited for what. */
export function Attempts({ detail, names }: { readonly detail: RequestDetail; readonly names: Names }) {
  const { t, language } = useWords();
  const { usage_record: record, attempts } = detail;
  if (attempts.length === 0) return <p className="text-dim">{t('requests.noAttempts')}</p>;
  const wholeMs = Math.max(record.duration_ms, ...attempts.map(({ ended_ms }) => ended_ms));
  return (
    <div className="flex flex-col gap-4">
      <ol className="flex flex-col gap-4">
        {attempts.map((attempt, index) => {
          // An attempt is over for the hub when its answer begins; the answer itself goes on until the request ends.
          const isLast = index === attempts.length - 1 && attempt.outcome === 'success';
          const endMs = isLast ? Math.max(attempt.ended_ms, record.duration_ms) : attempt.ended_ms;
          return (
            <One
              key={attempt.started_ms}
              attempt={attempt}
              title={t('requests.attemptsOf', { number: index + 1, name: names.upstream(attempt) ?? '' })}
              phases={phasesOf(attempt, attempts[index - 1]?.ended_ms ?? 0, endMs)}
              wholeMs={wholeMs}
            />
          );
        })}
      </ol>
      <p className="text-[13px] text-dim">
        {t('requests.overhead', {
          time: duration(record.overhead_ms, language),
          whole: duration(record.duration_ms, language),
        })}
      </p>
    </div>
  );
}

function phasesOf(attempt: Attempt, beforeMs: number, endMs: number): readonly Phase[] {
  const { started_ms: started, headers_ms: headers, first_byte_ms: first } = attempt;
  const afterHeaders = headers ?? first ?? endMs;
  const afterFirst = first ?? endMs;
  const phases: readonly Phase[] = [
    { name: 'wait', fromMs: beforeMs, toMs: started },
    { name: 'headers', fromMs: started, toMs: afterHeaders },
    { name: 'first', fromMs: afterHeaders, toMs: afterFirst },
    { name: 'rest', fromMs: afterFirst, toMs: endMs },
  ];
  const reached = headers === undefined && first === undefined ? phases.slice(0, 2) : phases;
  return first === undefined ? reached.slice(0, 3) : reached;
}

type OneProps = {
  readonly attempt: Attempt;
  readonly title: string;
  readonly phases: readonly Phase[];
  readonly wholeMs: number;
};

function One({ attempt, title, phases, wholeMs }: OneProps) {
  const { t, language } = useWords();
  const { outcome, http_status, routed_model, error_code, upstream_message, upstream_request_id } = attempt;
  const { standing, no_retry } = attempt;
  const says = phases.map(({ name, fromMs, toMs }) => ({
    name,
    text: `${t(`requests.phases.${name}`)} ${duration(toMs - fromMs, language)}`,
  }));
  return (
    <li className="flex flex-col gap-1.5">
      <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
        <span className="font-medium">{title}</span>
        <code className="font-mono text-[13px] wrap-anywhere text-dim">{routed_model}</code>
        <Badge tone={outcome === 'success' ? 'good' : 'bad'}>
          {t(outcome === 'success' ? 'requests.worked' : 'requests.fault')}
        </Badge>
        {http_status !== undefined && <span className="font-mono text-xs text-dim">{http_status}</span>}
      </div>
      <Bar label={`${title}: ${says.map(({ text }) => text).join(', ')}`} phases={phases} wholeMs={wholeMs} />
      <ul className="flex flex-wrap gap-x-4 gap-y-0.5 text-[13px] text-dim tabular-nums">
        {says.map(({ name, text }) => (
          <li key={name} className="flex items-center gap-1.5">
            <span className={`size-2.5 rounded-sm ${FILLS[name]}`} aria-hidden="true" />
            {text}
          </li>
        ))}
      </ul>
      {error_code !== undefined && (
        <p className="text-[13px]">
          <code className="font-mono text-bad">{error_code}</code>
        </p>
      )}
      {upstream_message !== undefined && (
        <p className="text-[13px] break-words">{t('requests.upstreamSaid', { message: upstream_message })}</p>
      )}
      {standing !== undefined && <p className="text-[13px] text-dim">{t(`requests.standings.${standing}`)}</p>}
      {no_retry !== undefined && <p className="text-[13px] text-warn">{t(`requests.noRetry.${no_retry}`)}</p>}
      {upstream_request_id !== undefined && (
        <p className="flex flex-wrap items-center gap-x-2 text-[13px] text-dim">
          {t('requests.upstreamId')} <Id text={upstream_request_id} />
        </p>
      )}
    </li>
  );
}

function Bar({ label, phases, wholeMs }: { readonly label: string } & Pick<OneProps, 'phases' | 'wholeMs'>) {
  const place = (ms: number): number => (wholeMs === 0 ? 0 : (ms / wholeMs) * WIDTH);
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      className="h-3 w-full rounded-sm bg-ground"
    >
      {phases.map(({ name, fromMs, toMs }) => (
        // What was short is still seen.
        <rect
          key={name}
          x={place(fromMs)}
          width={Math.max(2, place(toMs) - place(fromMs))}
          height={HEIGHT}
          className={FILLS[name]}
        />
      ))}
    </svg>
  );
}
