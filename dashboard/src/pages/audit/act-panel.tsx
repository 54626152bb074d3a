import type { ReactNode } from 'react';
import type { AuditAct, Json } from '../../api/types.ts';
import { KeyLink } from '../../app/key-link.tsx';
import { usePlace } from '../../app/session.tsx';
import { exactTime } from '../../format/times.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { useWords } from '../../words/index.ts';
import { Outcome, Who } from './act-facts.tsx';

type PanelProps = {
  readonly act: AuditAct;
  readonly actors: ReadonlyMap<string, string>;
  readonly onClose: () => void;
};

/** One act: who, from where, and each value before and after it. */
export function ActPanel({ act, actors, onClose }: PanelProps) {
  const { t, language } = useWords();
  const { organizationId } = usePlace();
  return (
    <Dialog isPanel title={act.action} onClose={onClose}>
      <dl className="grid grid-cols-2 gap-x-6 gap-y-3">
        <Fact name={t('audit.who')}>
          <Who act={act} actors={actors} />
        </Fact>
        <Fact name={t('audit.outcome')}>
          <Outcome act={act} />
        </Fact>
        <Fact name={t('audit.at')}>{exactTime(act.at, language)}</Fact>
        <Fact name={t('audit.address')}>{act.address}</Fact>
        <Fact name={t('audit.target')}>
          {act.target_kind} <Id text={act.target_id} />
          {act.target_kind === 'key' && act.target_id !== undefined && act.organization_id === organizationId && (
            <div>
              <KeyLink id={act.target_id}>{t('audit.openKey')}</KeyLink>
            </div>
          )}
        </Fact>
        <Fact name={t('audit.organization')}>
          <Id text={act.organization_id} />
        </Fact>
        <Fact name={t('audit.actorId')}>
          <Id text={act.actor_id} />
        </Fact>
        <Fact name={t('audit.requestId')}>
          <Id text={act.request_id} />
        </Fact>
        <Fact name={t('audit.userAgent')} isWide>
          {act.user_agent}
        </Fact>
      </dl>
      <Changes before={act.before} after={act.after} />
    </Dialog>
  );
}

type FactProps = { readonly name: string; readonly isWide?: boolean; readonly children: ReactNode };

function Fact({ name, isWide = false, children }: FactProps) {
  return (
    <div className={isWide ? 'col-span-full min-w-0' : 'min-w-0'}>
      <dt className="text-[13px] text-dim">{name}</dt>
      <dd className="break-words">{children ?? '–'}</dd>
    </div>
  );
}

function Id({ text }: { readonly text: string | undefined }) {
  return text === undefined ? '–' : <span className="font-mono text-[13px] break-all">{text}</span>;
}

type Values = Readonly<Record<string, Json>>;

/** Each value before and after, side by side; what differs stands out. */
function Changes({ before, after }: { readonly before: Values | undefined; readonly after: Values | undefined }) {
  const { t } = useWords();
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  if (names.length === 0) return <p className="text-dim">{t('audit.noValues')}</p>;
  const isChange = before !== undefined && after !== undefined;
  return (
    <div
      className="overflow-x-auto border-t border-line pt-4"
      tabIndex={0}
      role="region"
      aria-label={t('audit.values')}
    >
      <table className="w-full border-collapse text-[13px]">
        <thead>
          <tr className="border-b border-line text-left text-dim">
            {[t('audit.field'), t('audit.before'), t('audit.after')].map((head) => (
              <th key={head} scope="col" className="py-2 pr-3 font-medium">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {names.map((name) => {
            const [was, is] = [shown(before?.[name]), shown(after?.[name])];
            const stands = isChange && was !== is;
            return (
              <tr
                key={name}
                className={`border-b border-line align-top last:border-0 ${stands ? 'bg-warn-ground' : ''}`}
              >
                <th scope="row" className="py-2 pr-3 pl-1 text-left font-medium break-words">
                  {name}
                </th>
                <td className={`py-2 pr-3 font-mono break-all ${stands ? '' : 'text-dim'}`}>{was}</td>
                <td className={`py-2 pr-1 font-mono break-all ${stands ? '' : 'text-dim'}`}>{is}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function shown(value: Json | undefined): string {
  if (value === undefined) return '–';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
