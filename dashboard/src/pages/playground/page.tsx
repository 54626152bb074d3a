import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useAddress } from '../../app/address.ts';
import { usePlace } from '../../app/session.tsx';
import { Button } from '../../ui/button.tsx';
import { ChoiceTabs } from '../../ui/choice-tabs.tsx';
import { Card, Empty, Loading, PageHeader, Problem } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import { useModelAccess } from './access.ts';
import { Chats } from './chats.tsx';
import { Embeddings } from './embeddings.tsx';
import { Images } from './images.tsx';

const KINDS = ['chat', 'embeddings', 'images'] as const;

/** Tries models out, as the person who is signed in: metered and limited like every call. */
export function Page() {
  const { t } = useWords();
  const { said: search, say: change } = useAddress();
  const { organizationId } = usePlace();
  const { access, error } = useModelAccess();
  const [isDouble, setIsDouble] = useState(false);
  const kind = KINDS.find((one) => one === search['kind']) ?? 'chat';
  return (
    <>
      <PageHeader title={t('playground.title')} intro={t('playground.intro')}>
        {kind === 'chat' && access !== undefined && access.models.length > 0 && (
          <Button aria-pressed={isDouble} onClick={() => setIsDouble(!isDouble)}>
            {isDouble ? t('playground.single') : t('playground.compare')}
          </Button>
        )}
      </PageHeader>
      <ChoiceTabs
        label={t('playground.title')}
        tabs={KINDS.map((name) => ({ name, title: t(`playground.kinds.${name}`) }))}
        open={kind}
        onOpen={(name) => change({ kind: name })}
      />
      {error !== undefined && <Problem error={error} />}
      {access === undefined && error === undefined && <Loading rows={6} />}
      {access?.models.length === 0 && (
        <Card>
          <Empty icon="models" title={t('playground.noModels')} text={t('playground.noModelsText')}>
            <Link to="/$organizationId/start" params={{ organizationId }} className="text-accent underline">
              {t('app.pages.start')}
            </Link>
          </Empty>
        </Card>
      )}
      {access !== undefined && access.models.length > 0 && (
        <>
          {kind === 'chat' && <Chats access={access} isDouble={isDouble} />}
          {kind === 'embeddings' && <Embeddings access={access} />}
          {kind === 'images' && <Images access={access} />}
        </>
      )}
    </>
  );
}
