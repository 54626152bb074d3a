import { useState } from 'react';
import type { Guardrail } from '../../api/types.ts';
import { useAddress } from '../../app/address.ts';
import { mayManage, usePlace } from '../../app/session.tsx';
import { Button } from '../../ui/button.tsx';
import { PageHeader } from '../../ui/parts.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { useWords } from '../../words/index.ts';
import { GuardrailForm } from './guardrail-form.tsx';
import { GuardrailList } from './guardrail-list.tsx';
import { TestBench } from './test-bench.tsx';

const TABS = ['list', 'test'] as const;

/** What is looked for in what is asked and answered, and a place to try that. */
export function Page() {
  const { t } = useWords();
  const place = usePlace();
  const { said } = useAddress();
  const tab = TABS.find((name) => name === said['tab']) ?? 'list';
  const [editing, setEditing] = useState<Guardrail | 'new'>();
  return (
    <>
      <PageHeader title={t('guardrails.title')} intro={t('guardrails.intro')}>
        {tab === 'list' && mayManage(place) && (
          <Button look="primary" icon="plus" onClick={() => setEditing('new')}>
            {t('guardrails.make')}
          </Button>
        )}
      </PageHeader>
      <Tabs
        label={t('guardrails.title')}
        tabs={TABS.map((name) => ({ name, word: t(`guardrails.tabs.${name}`) }))}
        current={tab}
      />
      {tab === 'list' ? <GuardrailList onEdit={setEditing} /> : <TestBench />}
      {editing !== undefined && (
        <GuardrailForm guardrail={editing === 'new' ? undefined : editing} onClose={() => setEditing(undefined)} />
      )}
    </>
  );
}
