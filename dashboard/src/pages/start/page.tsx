import { Link } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { BASE } from '../../api/call.ts';
import { useAsk } from '../../api/hooks.ts';
import type { UsageRecord } from '../../api/types.ts';
import { useCallableModels } from '../../app/callable.ts';
import { mayMakeKeys, mayManage, type Place, usePlace } from '../../app/session.tsx';
import { ago } from '../../format/times.ts';
import { Code } from '../../ui/code.tsx';
import { SelectField } from '../../ui/field.tsx';
import { Icon } from '../../ui/icon.tsx';
import { Badge, PageHeader, Problem } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import { ConnectProvider } from './connect-provider.tsx';
import { MakeKey } from './make-key.tsx';
import { SNIPPETS, type SnippetName, snippet } from './snippets.ts';

const LOOK_EVERY_MS = 2000;

/** From nothing to the first answer: a provider, a key, a call, and the call as it arrives. */
export function Page() {
  const { t } = useWords();
  const place = usePlace();
  const [secret, setSecret] = useState<string>();
  const connections = useAsk('listConnections', { query: { limit: 200 } }, { enabled: mayManage(place) });
  const models = useCallableModels();
  const keys = useAsk('listKeys', { query: { limit: 1 } });
  const records = useAsk('listUsageRecords', { query: { limit: 1 } }, { everyMs: LOOK_EVERY_MS });
  const newest = records.data?.data[0];
  const enabled = connections.data?.data.filter((connection) => connection.enabled) ?? [];
  const callable = models.data?.data ?? [];
  const connects = mayConnect(place, { isReady: !models.isFetched || callable.length > 0, hasOwn: enabled.length > 0 });
  return (
    <>
      <PageHeader title={t('start.title')} intro={t('start.intro')} />
      <ol className="flex flex-col gap-4">
        <Step
          number={1}
          title={t(connects ? 'start.provider' : 'start.models')}
          text={t(connects ? 'start.providerText' : callable.length > 0 ? 'start.modelsText' : 'start.providerByAdmin')}
          isDone={callable.length > 0}
        >
          {!connects && callable.length > 0 && <ModelsThere count={callable.length} />}
          {enabled.length > 0 && <p>{t('start.providerDone', { count: enabled.length })}</p>}
          {connects && connections.data !== undefined && <ConnectProvider isFirst={enabled.length === 0} />}
        </Step>
        <Step
          number={2}
          title={t('start.key')}
          text={t('start.keyText')}
          isDone={secret !== undefined || (keys.data?.data.length ?? 0) > 0}
        >
          {mayMakeKeys(place) && <MakeKey secret={secret} onMade={setSecret} />}
        </Step>
        <Step number={3} title={t('start.call')} text={t('start.callText')} isDone={newest !== undefined}>
          <Problem error={models.error} />
          <TryIt
            secret={secret}
            models={callable.filter(({ operations }) => operations.includes('chat')).map(({ name }) => name)}
          />
          <FirstRequest record={newest} />
        </Step>
      </ol>
    </>
  );
}

/** Whether a newcomer begins with a provider: not where whoever runs the hub offers models already. */
function mayConnect(
  place: Place,
  { isReady, hasOwn }: { readonly isReady: boolean; readonly hasOwn: boolean },
): boolean {
  return mayManage(place) && (place.isOperator || hasOwn || !isReady);
}

/** For who connects no providers: what they may call. */
function ModelsThere({ count }: { readonly count: number }) {
  const { t } = useWords();
  const { organizationId } = usePlace();
  return (
    <p>
      {t('start.modelsThere', { count })}{' '}
      <Link to="/$organizationId/models" params={{ organizationId }} className="text-accent underline">
        {t('app.pages.models')}
      </Link>
    </p>
  );
}

type StepProps = {
  readonly number: number;
  readonly title: string;
  readonly text: string;
  readonly isDone: boolean;
  readonly children: ReactNode;
};

function Step({ number, title, text, isDone, children }: StepProps) {
  return (
    <li className="grid grid-cols-[2rem_1fr] gap-3 rounded-xl border border-line bg-paper p-4 sm:p-5">
      <span
        className={`flex size-8 items-center justify-center rounded-full font-semibold ${isDone ? 'bg-good-ground text-good' : 'bg-accent-ground text-accent'}`}
      >
        {isDone ? <Icon name="check" /> : number}
      </span>
      <div className="flex min-w-0 flex-col gap-3">
        <div>
          <h2 className="font-semibold">{title}</h2>
          <p className="max-w-prose text-dim">{text}</p>
        </div>
        {children}
      </div>
    </li>
  );
}

function TryIt({ secret, models }: { readonly secret: string | undefined; readonly models: readonly string[] }) {
  const { t } = useWords();
  const [name, setName] = useState<SnippetName>('curl');
  const [chosen, setChosen] = useState<string>();
  const model = chosen ?? models[0] ?? 'openai/gpt-4.1-mini';
  return (
    <div className="flex min-w-0 flex-col gap-3">
      {models.length > 0 && (
        <div className="max-w-sm">
          <SelectField label={t('start.model')} value={model} onChange={(event) => setChosen(event.target.value)}>
            {models.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </SelectField>
        </div>
      )}
      <div role="tablist" aria-label={t('start.call')} className="flex flex-wrap gap-1">
        {SNIPPETS.map((one) => (
          <button
            key={one}
            type="button"
            role="tab"
            aria-selected={one === name}
            onClick={() => setName(one)}
            className={`h-8 rounded-lg px-2.5 text-[13px] ${one === name ? 'bg-accent-ground font-medium text-accent' : 'text-dim hover:bg-ground'}`}
          >
            {one}
          </button>
        ))}
      </div>
      <Code text={snippet(name, { hub: `${location.origin}${BASE}`, secret: secret ?? '$HUB_KEY', model })} />
      {secret === undefined && <p className="text-[13px] text-dim">{t('start.ownKey')}</p>}
    </div>
  );
}

/** Looks for the newest request until there is one. */
function FirstRequest({ record }: { readonly record: UsageRecord | undefined }) {
  const { t, language } = useWords();
  const { organizationId } = usePlace();
  if (record === undefined) {
    return (
      <p role="status" className="flex items-center gap-2 text-dim">
        <span className="size-2 animate-pulse rounded-full bg-accent" />
        {t('start.waiting')}
      </p>
    );
  }
  const isGood = record.status === 'success';
  return (
    <div
      role="status"
      className={`flex flex-wrap items-center gap-2 rounded-lg px-3.5 py-2.5 ${isGood ? 'bg-good-ground' : 'bg-ground'}`}
    >
      <span className={`font-medium ${isGood ? 'text-good' : ''}`}>{t('start.arrived')}</span>
      <code className="font-mono text-[13px]">{record.routed_model ?? record.requested_model}</code>
      <Badge tone={isGood ? 'good' : 'bad'}>{record.http_status}</Badge>
      <span className="text-dim">{ago(record.started_at, language)}</span>
      <Link
        to="/$organizationId/requests"
        params={{ organizationId }}
        search={{ request: record.request_id }}
        className="text-accent underline"
      >
        {t('start.seeRequest')}
      </Link>
    </div>
  );
}
