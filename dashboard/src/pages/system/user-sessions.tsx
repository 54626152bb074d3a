import { useAsk } from '../../api/hooks.ts';
import { ago } from '../../format/times.ts';
import { Act } from '../../ui/act.tsx';
import { Problem } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';

/** Where a person is signed in. */
export function UserSessions({ userId }: { readonly userId: string }) {
  const { t, language } = useWords();
  const asked = useAsk('listSessionsOfUser', { params: { user_id: userId } });
  return (
    <section className="flex flex-col gap-2">
      <h3 className="font-medium">{t('system.users.sessions')}</h3>
      <Problem error={asked.error} />
      {asked.data?.data.length === 0 && <p className="text-dim">{t('system.users.noSession')}</p>}
      <ul className="divide-y divide-line">
        {asked.data?.data.map((session) => (
          <li key={session.id} className="flex items-center justify-between gap-3 py-2">
            <div className="min-w-0">
              <p className="truncate" title={session.user_agent}>
                {session.user_agent ?? t('system.users.unknownBrowser')}
              </p>
              <p className="text-[13px] text-dim">
                {[session.address, t(`system.users.ways.${session.way}`), ago(session.last_seen_at, language)]
                  .filter((part) => part !== undefined)
                  .join(' · ')}
              </p>
            </div>
            {!session.is_this && (
              <Act
                operation="endSessionOfUser"
                taken={{ params: { user_id: userId, session_id: session.id } }}
                changes={['listSessionsOfUser']}
                label={t('system.users.endSession')}
                of={session.address ?? session.id}
                icon="close"
                look="quiet"
              />
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
