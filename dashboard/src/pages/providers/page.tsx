import { useAddress } from '../../app/address.ts';
import { mayConnect, mayManage, usePlace } from '../../app/session.tsx';
import { Button } from '../../ui/button.tsx';
import { PageHeader } from '../../ui/parts.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { useWords } from '../../words/index.ts';
import { AddByKey } from './add-by-key.tsx';
import { AddByUrl } from './add-by-url.tsx';
import { Catalogue } from './catalogue.tsx';
import { ConnectionPanel } from './connection-panel.tsx';
import { Connections } from './connections.tsx';

/** Providers that are connected, how they are, and for who runs the hub those that can be connected. */
export function Page() {
  const { t } = useWords();
  const place = usePlace();
  const mayAdd = mayConnect(place);
  // Whoever runs the hub and is no member here has no connections of this organization to see.
  const isOperator = place.isOperator && mayManage(place);
  const { said, say } = useAddress();
  const tab = isOperator && said['tab'] === 'catalogue' ? 'catalogue' : 'connections';
  const close = (): void => say({ add: undefined, connection: undefined });
  return (
    <>
      <PageHeader title={t('providers.title')} intro={t('providers.intro')}>
        {isOperator && <Button onClick={() => say({ add: 'url' })}>{t('providers.addByUrl')}</Button>}
        {mayAdd && (
          <Button look="primary" icon="plus" onClick={() => say({ add: 'key' })}>
            {t('providers.add')}
          </Button>
        )}
      </PageHeader>
      {isOperator && (
        <Tabs
          label={t('providers.title')}
          current={tab}
          tabs={[
            { name: 'connections', word: t('providers.connections') },
            { name: 'catalogue', word: t('providers.catalogue') },
          ]}
        />
      )}
      {tab === 'catalogue' ? <Catalogue /> : <Connections />}
      {said['add'] === 'key' && mayAdd && <AddByKey onClose={close} />}
      {said['add'] === 'url' && isOperator && <AddByUrl onClose={close} />}
      {said['add'] === undefined && said['connection'] !== undefined && (
        <ConnectionPanel key={said['connection']} connectionId={said['connection']} onClose={close} />
      )}
    </>
  );
}
