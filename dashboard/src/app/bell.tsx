import { Link } from '@tanstack/react-router';
import { useAsk } from '../api/hooks.ts';
import { Icon } from '../ui/icon.tsx';
import { useWords } from '../words/index.ts';
import { mayManage, type Place } from './session.tsx';

const SHOWN_MAX = 99;

/** The way to what the organization was told, with how much of it is unread. */
export function Bell({ place }: { readonly place: Place }) {
  const { t } = useWords();
  const asked = useAsk('countUnreadNotifications', {}, { enabled: mayManage(place) });
  if (!mayManage(place)) return null;
  const unread = asked.data?.unread ?? 0;
  const label = unread === 0 ? t('notifications.title') : t('notifications.unreadCount', { count: unread });
  return (
    <Link
      to="/$organizationId/notifications"
      params={{ organizationId: place.organizationId }}
      aria-label={label}
      title={label}
      className="relative inline-flex size-9 items-center justify-center rounded-lg text-dim hover:bg-ground hover:text-ink"
    >
      <Icon name="bell" className="size-4.5" />
      {unread > 0 && (
        <span
          aria-hidden="true"
          className="absolute -top-0.5 -right-0.5 min-w-4.5 rounded-full bg-accent px-1 text-center text-[11px] leading-4.5 font-medium text-on-accent"
        >
          {unread > SHOWN_MAX ? `${SHOWN_MAX}+` : unread}
        </span>
      )}
    </Link>
  );
}
