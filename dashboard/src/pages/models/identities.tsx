import { useState } from 'react';
import { useChange } from '../../api/hooks.ts';
import { useRows } from '../../api/pages.ts';
import type { IdentityOverride } from '../../api/types.ts';
import { Button } from '../../ui/button.tsx';
import { List } from '../../ui/list.tsx';
import { Card, Empty } from '../../ui/parts.tsx';
import { RemoveButton } from '../../ui/remove-button.tsx';
import { useWords } from '../../words/index.ts';
import { Mono } from './aliases.tsx';
import { NewIdentity } from './new-identity.tsx';

/** Which model a provider's model really is, where the hub takes it for another or for none. */
export function Identities() {
  const { t } = useWords();
  const list = useRows('listIdentityOverrides', {});
  const [isMaking, setIsMaking] = useState(false);
  const make = (
    <Button look="primary" icon="plus" onClick={() => setIsMaking(true)}>
      {t('models.identityAdd')}
    </Button>
  );
  return (
    <Card title={<span className="font-normal text-dim">{t('models.identityIntro')}</span>} action={make}>
      <List
        list={list}
        label={t('models.tabs.identities')}
        keyOf={({ id }) => id}
        columns={[
          {
            name: 'upstream',
            head: t('models.identityUpstream'),
            cell: ({ provider_id, upstream_model }) => (
              <>
                <Mono text={upstream_model} />
                <p className="text-xs text-dim">{provider_id}</p>
              </>
            ),
          },
          {
            name: 'canonical',
            head: t('models.identityCanonical'),
            cell: ({ canonical_model }) => <Mono text={canonical_model} />,
          },
          {
            name: 'source',
            head: t('models.source'),
            isMinor: true,
            cell: ({ source }) => t(`models.sources.${source}`),
          },
          {
            name: 'actions',
            head: <span className="sr-only">{t('app.actions')}</span>,
            isNumber: true,
            cell: (override) => override.source === 'store' && <RemoveIdentity override={override} />,
          },
        ]}
        empty={<Empty icon="models" title={t('models.identityNone')} text={t('models.identityNoneText')} />}
      />
      {isMaking && <NewIdentity onClose={() => setIsMaking(false)} />}
    </Card>
  );
}

function RemoveIdentity({ override: { id, upstream_model: name } }: { readonly override: IdentityOverride }) {
  const { t } = useWords();
  const { mutate, isPending, error } = useChange('deleteIdentityOverride', ['listIdentityOverrides']);
  return (
    <RemoveButton
      name={name}
      text={t('models.identityRemoveText', { name })}
      isBusy={isPending}
      error={error}
      onRemove={(done) => mutate({ params: { override_id: id } }, done)}
    />
  );
}
