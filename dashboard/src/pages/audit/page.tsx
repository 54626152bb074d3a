import { useAddress } from '../../app/address.ts';
import { usePlace } from '../../app/session.tsx';
import { PageHeader } from '../../ui/parts.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { useWords } from '../../words/index.ts';
import { Acts } from './acts.tsx';
import { Exports } from './exports.tsx';
import { Filters } from './filters.tsx';
import { filterOf } from './query.ts';
import { useActors } from './use-actors.ts';
import { Verify } from './verify.tsx';

/** Who did what, from where, and what it changed. */
export function Page() {
  const { t } = useWords();
  const { isOperator, name } = usePlace();
  const { said } = useAddress();
  const scope = isOperator && said['tab'] === 'installation' ? 'installation' : 'organization';
  const actors = useActors(scope);
  const filter = filterOf(said);
  return (
    <>
      <PageHeader title={t('audit.title')} intro={t('audit.intro')}>
        <Exports scope={scope} filter={filter} />
      </PageHeader>
      {isOperator && (
        <Tabs
          label={t('audit.title')}
          current={scope}
          tabs={[
            { name: 'organization', word: name },
            { name: 'installation', word: t('audit.installation') },
          ]}
        />
      )}
      {scope === 'installation' && <Verify />}
      <Filters key={JSON.stringify([scope, filter])} actors={actors} />
      <Acts key={scope} scope={scope} filter={filter} actors={actors} />
    </>
  );
}
