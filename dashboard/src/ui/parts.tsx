import clsx from 'clsx';
import type { ReactNode } from 'react';
import { CallError } from '../api/call.ts';
import { useWords } from '../words/index.ts';
import { Button } from './button.tsx';
import { Icon, type IconName } from './icon.tsx';

export function PageHeader({
  title,
  intro,
  children,
}: {
  readonly title: string;
  readonly intro?: ReactNode;
  readonly children?: ReactNode;
}) {
  return (
    <header className="mb-5 flex flex-wrap items-start justify-between gap-3">
      <div className="min-w-0">
        <h1 className="text-xl font-semibold tracking-tight">{title}</h1>
        {intro !== undefined && <p className="mt-1 max-w-3xl text-pretty text-dim">{intro}</p>}
      </div>
      <div className="flex flex-wrap items-center gap-2">{children}</div>
    </header>
  );
}

export function Card({
  title,
  action,
  children,
  className,
}: {
  readonly title?: ReactNode;
  readonly action?: ReactNode;
  readonly children: ReactNode;
  readonly className?: string;
}) {
  return (
    <section className={clsx('min-w-0 rounded-xl border border-line bg-paper p-4 sm:p-5', className)}>
      {(title !== undefined || action !== undefined) && (
        <header className="mb-3 flex flex-wrap items-center justify-between gap-2">
          <h2 className="min-w-0 font-semibold">{title}</h2>
          {action}
        </header>
      )}
      {children}
    </section>
  );
}

const TONES = {
  good: 'bg-good-ground text-good',
  warn: 'bg-warn-ground text-warn',
  bad: 'bg-bad-ground text-bad',
  calm: 'bg-ground text-dim',
  accent: 'bg-accent-ground text-accent',
} as const;
export type Tone = keyof typeof TONES;

export function Badge({ tone = 'calm', children }: { readonly tone?: Tone; readonly children: ReactNode }) {
  return (
    <span
      className={clsx(
        'inline-flex items-center rounded-md px-2 py-0.5 text-xs font-medium whitespace-nowrap',
        TONES[tone],
      )}
    >
      {children}
    </span>
  );
}

export function Notice({ tone, children }: { readonly tone: Tone; readonly children: ReactNode }) {
  return (
    <div role={tone === 'bad' ? 'alert' : 'status'} className={clsx('rounded-lg px-3.5 py-2.5 text-sm', TONES[tone])}>
      {children}
    </div>
  );
}

/** What stands where there is nothing yet: why, and what to do. */
export function Empty({
  icon,
  title,
  text,
  children,
}: {
  readonly icon: IconName;
  readonly title: string;
  readonly text?: string;
  readonly children?: ReactNode;
}) {
  return (
    <div className="flex flex-col items-center gap-3 px-4 py-14 text-center">
      <span className="rounded-full bg-ground p-3 text-dim">
        <Icon name={icon} className="size-6" />
      </span>
      <p className="font-medium">{title}</p>
      {text !== undefined && <p className="max-w-prose text-balance text-dim">{text}</p>}
      {children}
    </div>
  );
}

/** What a refusal or failure of the hub comes to in words: what went wrong, and what to do. */
export function Problem({ error, onRetry }: { readonly error: CallError | null; readonly onRetry?: () => void }) {
  const { t } = useWords();
  const problemText = useProblemText();
  if (error === null) return null;
  return (
    <Notice tone="bad">
      <p>{problemText(error)}</p>
      {error.requestId !== undefined && (
        <p className="mt-1 font-mono text-xs">{t('errors.reference', { id: error.requestId })}</p>
      )}
      {onRetry !== undefined && (
        <Button className="mt-2" icon="refresh" onClick={onRetry}>
          {t('app.retry')}
        </Button>
      )}
    </Notice>
  );
}

/** The words for a refusal: our own for what is common, and the hub's own sentence for the rest. */
export function useProblemText(): (error: CallError) => string {
  const { t, language } = useWords();
  // Chinese sentences follow one another without a space.
  const gap = language === 'zh-TW' ? '' : ' ';
  return (error) => {
    if (error.status === 0) return t('errors.network');
    if (error.code === 'access.denied') return t('errors.denied');
    if (error.code === 'resource.not_found' && error.param === undefined) return t('errors.notFound');
    if (error.code === 'resource.changed') return t('errors.changed');
    if (error.code === 'auth.throttled') return t('errors.throttled');
    if (error.status === 503) return t('errors.unavailable');
    return error.remedy === undefined ? error.message : `${error.message}${gap}${error.remedy}`;
  };
}

/** A grey place where something will be in a moment. */
export function Loading({ rows = 4 }: { readonly rows?: number }) {
  const { t } = useWords();
  return (
    <div role="status" aria-label={t('app.loading')} className="flex flex-col gap-3 py-2">
      {Array.from({ length: rows }, (_, index) => (
        <div key={index} className="h-5 animate-pulse rounded-md bg-ground" />
      ))}
    </div>
  );
}
