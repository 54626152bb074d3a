import { useAsk } from '../../api/hooks.ts';
import { useRows } from '../../api/pages.ts';
import { useCredits } from '../../app/credits.ts';
import { date } from '../../format/times.ts';
import { List } from '../../ui/list.tsx';
import { Badge, Card } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import { AccountName } from './account-name.tsx';
import type { Grant } from './types.ts';

type GrantsProps = {
  readonly accountId: string | undefined;
  readonly nameOf: (accountId: string) => string | undefined;
};

/** What was given, and what is left of each gift. */
export function Grants({ accountId, nameOf }: GrantsProps) {
  const { t } = useWords();
  const { amount } = useCredits();
  const list = useRows('listCreditGrants', accountId === undefined ? {} : { account_id: accountId });
  return (
    <Card title={t('credit.grants')}>
      <p className="mb-3 max-w-prose text-dim">{t('credit.grantsText')}</p>
      <List
        list={list}
        label={t('credit.grants')}
        keyOf={({ id }) => id}
        empty={<p className="text-dim">{t('credit.noGrants')}</p>}
        columns={[
          {
            name: 'name',
            head: t('credit.grant'),
            cell: ({ name, kind }) => (
              <span className="block min-w-28">
                <span className="line-clamp-2 wrap-anywhere">{name}</span>
                <span className="text-xs text-dim">{t(`credit.grantKinds.${kind}`)}</span>
              </span>
            ),
          },
          {
            name: 'account',
            head: t('credit.account'),
            isMinor: true,
            isLeftOut: accountId !== undefined,
            cell: ({ account_id: id }) => <AccountName account={{ id, name: nameOf(id) }} />,
          },
          {
            name: 'left',
            head: t('credit.left'),
            isNumber: true,
            cell: ({ remaining, issued }) => (
              <>
                {amount(remaining)}
                <span className="block text-xs whitespace-nowrap text-dim">
                  {t('credit.leftOf', { issued: amount(issued) })}
                </span>
              </>
            ),
          },
          { name: 'held', head: t('credit.held'), isNumber: true, isMinor: true, cell: ({ held }) => amount(held) },
          {
            name: 'priority',
            head: t('credit.priority'),
            isNumber: true,
            isMinor: true,
            cell: ({ priority }) => priority,
          },
          { name: 'expires', head: t('credit.expires'), cell: (grant) => <Expiry grant={grant} /> },
          { name: 'for', head: t('credit.usedFor'), isMinor: true, cell: (grant) => <UsedFor grant={grant} /> },
        ]}
      />
    </Card>
  );
}

function Expiry({ grant: { expires_at: at } }: { readonly grant: Grant }) {
  const { t, language } = useWords();
  if (at === undefined) return t('app.never');
  if (Date.parse(at) <= Date.now()) return <Badge tone="warn">{t('credit.expired')}</Badge>;
  return (
    <time dateTime={at} className="block min-w-20">
      {date(at, language)}
    </time>
  );
}

function UsedFor({ grant: { models = [], project_ids = [] } }: { readonly grant: Grant }) {
  const { t } = useWords();
  const projects = useAsk('listProjects', { query: { limit: 500 } }, { enabled: project_ids.length > 0 });
  if (models.length + project_ids.length === 0) return t('credit.everything');
  const nameOf = new Map(projects.data?.data.map(({ id, name }) => [id, name]));
  return (
    <ul className="max-w-64 text-[13px]">
      {models.map((model) => (
        <li key={model} className="font-mono wrap-anywhere">
          {model}
        </li>
      ))}
      {project_ids.map((id) => (
        <li key={id} className="wrap-anywhere">
          {t('credit.levels.project')} {nameOf.get(id) ?? id}
        </li>
      ))}
    </ul>
  );
}
