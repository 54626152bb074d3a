import { useState } from 'react';
import { useAsk } from '../../api/hooks.ts';
import { useAddress } from '../../app/address.ts';
import { Button } from '../../ui/button.tsx';
import { List, OpenButton } from '../../ui/list.tsx';
import { Badge, Card, Empty } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import { SignOnForm } from './sign-on-form.tsx';
import { kindOf } from './sign-on-input.ts';
import { SIGN_ON_OF, type SignOnOwner } from './sign-on-operations.ts';
import { SignOnPanel } from './sign-on-panel.tsx';

/** The organization's ways to sign in elsewhere. */
export function SignOn() {
  return <SignOnList owner="organization" />;
}

export function SignOnList({ owner }: { readonly owner: SignOnOwner }) {
  const { t } = useWords();
  const {
    said: { open },
    say,
  } = useAddress();
  const [isMaking, setIsMaking] = useState(false);
  const asked = useAsk(SIGN_ON_OF[owner].list, {});
  return (
    <Card
      title={t('organization.tabs.sign-on')}
      action={
        <Button look="primary" icon="plus" onClick={() => setIsMaking(true)}>
          {t('organization.signOn.make')}
        </Button>
      }
    >
      <p className="mb-3 max-w-prose text-dim">{t(`organization.signOn.intro.${owner}`)}</p>
      <List
        list={{ rows: asked.data?.data, error: asked.error, reload: () => void asked.refetch() }}
        label={t('organization.tabs.sign-on')}
        keyOf={({ id }) => id}
        empty={
          <Empty icon="keys" title={t('organization.signOn.emptyTitle')} text={t('organization.signOn.emptyText')} />
        }
        columns={[
          {
            name: 'name',
            head: t('app.name'),
            cell: ({ id, name }) => <OpenButton onOpen={() => say({ open: id })}>{name}</OpenButton>,
          },
          {
            name: 'kind',
            head: t('organization.signOn.kind'),
            cell: (connection) => t(`organization.signOn.kinds.${kindOf(connection)}`),
          },
          {
            name: 'state',
            head: t('app.state'),
            cell: ({ state, is_enforced }) => (
              <span className="flex flex-wrap gap-1">
                <Badge tone={state === 'active' ? 'good' : 'calm'}>
                  {state === 'active' ? t('organization.active') : t('organization.disabled')}
                </Badge>
                {is_enforced && <Badge tone="accent">{t('organization.signOn.enforced')}</Badge>}
              </span>
            ),
          },
          {
            name: 'domains',
            head: t('organization.signOn.domains'),
            isMinor: true,
            cell: ({ domains }) => domains.join(', ') || '–',
          },
        ]}
      />
      {isMaking && (
        <SignOnForm
          owner={owner}
          connection={undefined}
          onDone={(id) => say({ open: id })}
          onClose={() => setIsMaking(false)}
        />
      )}
      {open !== undefined && <SignOnPanel owner={owner} id={open} onClose={() => say({ open: undefined })} />}
    </Card>
  );
}
