import { useAsk, useChange } from '../../api/hooks.ts';
import { useRows } from '../../api/pages.ts';
import type { Notification } from '../../api/types.ts';
import { useCredits } from '../../app/credits.ts';
import { useToast } from '../../app/toasts.tsx';
import { ago, dateTime } from '../../format/times.ts';
import { Act } from '../../ui/act.tsx';
import { CheckField } from '../../ui/check-field.tsx';
import { List } from '../../ui/list.tsx';
import { Badge, Card, Empty, Loading, PageHeader, Problem } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import { isKind, KIND_NAMES, KINDS, type Kind } from './kinds.ts';

const CHANGED = ['listNotifications', 'countUnreadNotifications'] as const;

/** What the organization was told, and of what the viewer gets mails. */
export function Page() {
  const { t } = useWords();
  return (
    <>
      <PageHeader title={t('notifications.title')} intro={t('notifications.intro')} />
      <div className="flex flex-col gap-5">
        <Told />
        <Mails />
      </div>
    </>
  );
}

function Told() {
  const { t, language } = useWords();
  const list = useRows('listNotifications', {});
  const hasUnread = list.rows?.some(({ read }) => !read) ?? false;
  const all = hasUnread && (
    <Act
      operation="markAllNotificationsRead"
      taken={{}}
      changes={CHANGED}
      label={t('notifications.readAll')}
      icon="check"
    />
  );
  return (
    <Card title={t('notifications.told')} action={all}>
      <List
        list={list}
        label={t('notifications.told')}
        keyOf={({ id }) => id}
        empty={<Empty icon="bell" title={t('notifications.emptyTitle')} text={t('notifications.emptyText')} />}
        columns={[
          {
            name: 'what',
            head: t('notifications.what'),
            cell: (row) => <What row={row} />,
          },
          {
            name: 'when',
            head: t('notifications.when'),
            isMinor: true,
            cell: ({ raised_at }) => <span title={dateTime(raised_at, language)}>{ago(raised_at, language)}</span>,
          },
          {
            name: 'actions',
            head: <span className="sr-only">{t('app.actions')}</span>,
            isNumber: true,
            cell: (row) =>
              !row.read && (
                <Act
                  operation="markNotificationRead"
                  taken={{ params: { notification_id: row.id } }}
                  changes={CHANGED}
                  label={t('notifications.readOne')}
                  of={row.subject}
                  icon="check"
                  look="quiet"
                />
              ),
          },
        ]}
      />
    </Card>
  );
}

/** Why no more credit is bought by itself. */
const STOPS = ['declined', 'confirmation_needed', 'capped'] as const;

function What({ row }: { readonly row: Notification }) {
  const { t, language } = useWords();
  const { named } = useCredits();
  const { left, cause } = row.data;
  const stop = STOPS.find((one) => one === cause);
  const details = [
    ...(typeof left === 'string' ? [t('notifications.left', { amount: named(left) })] : []),
    ...(stop === undefined ? [] : [t(`notifications.stops.${stop}`)]),
    detailsOf(row.data),
  ];
  return (
    <div className="min-w-0">
      <p className={row.read ? '' : 'font-medium'}>
        {isKind(row.kind) ? t(`notifications.kinds.${KINDS[row.kind]}`) : row.kind}{' '}
        {!row.read && <Badge tone="accent">{t('notifications.unread')}</Badge>}
      </p>
      <p className="text-dim wrap-anywhere">{details.filter((text) => text !== '').join(' · ')}</p>
      <p className="text-[13px] text-dim md:hidden">{ago(row.raised_at, language)}</p>
    </div>
  );
}

/** What it is about, in names that are the same in every language. */
function detailsOf(data: Notification['data']): string {
  const texts = ['connection_name', 'credential_name', 'reason', 'url'].flatMap((name) => {
    const value = data[name];
    return typeof value === 'string' ? [value] : [];
  });
  const { models, count } = data;
  const names = Array.isArray(models) ? models.filter((name) => typeof name === 'string') : [];
  const more = typeof count === 'number' && count > names.length ? [`+${count - names.length}`] : [];
  return [...texts, ...(names.length === 0 ? [] : [[...names, ...more].join(', ')])].join(' · ');
}

function Mails() {
  const { t } = useWords();
  const toast = useToast();
  const asked = useAsk('getMyNotificationMails', {});
  const change = useChange('setMyNotificationMails', ['getMyNotificationMails']);
  const muted: readonly Kind[] = asked.data?.muted_kinds ?? [];
  const choose = (kind: Kind, isOn: boolean): void => {
    const others = muted.filter((name) => name !== kind);
    const body = { muted_kinds: isOn ? others : [...others, kind] };
    change.mutate({ body }, { onSuccess: () => toast(t('notifications.saved')) });
  };
  return (
    <Card title={t('notifications.mails')}>
      <Problem error={asked.error ?? change.error} />
      {asked.data === undefined && asked.error === null && <Loading />}
      {asked.data !== undefined && (
        <fieldset className="flex flex-col gap-2.5" disabled={change.isPending}>
          <legend className="mb-3 text-dim">{t('notifications.mailsText')}</legend>
          {KIND_NAMES.map((kind) => (
            <CheckField
              key={kind}
              label={t(`notifications.kinds.${KINDS[kind]}`)}
              checked={!muted.includes(kind)}
              onChange={(event) => choose(kind, event.target.checked)}
            />
          ))}
        </fieldset>
      )}
    </Card>
  );
}
