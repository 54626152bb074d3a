import { type FormEvent, useState } from 'react';
import type { Installation } from '../../api/types.ts';
import { CheckField } from '../../ui/check-field.tsx';
import { AreaField, SelectField } from '../../ui/field.tsx';
import { linesOf, problemOf, textOf } from '../../ui/form-fields.ts';
import { Card } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import { SavePart } from './save-part.tsx';
import type { Saving } from './use-save.ts';

const POLICIES = ['invitation', 'approval', 'domain', 'open'] as const;

type SignUpProps = { readonly installation: Installation; readonly saving: Saving };

/** What the form shows: where that was changed, it begins anew. */
export function policyOf(installation: Installation): string {
  const { sign_up, sign_up_domains, sign_up_joins, own_credentials, public_models, public_prices } = installation;
  return JSON.stringify([sign_up, sign_up_domains, sign_up_joins, own_credentials, public_models, public_prices]);
}

/** Who may make an account, and what they see and join. */
export function SignUp({ installation, saving }: SignUpProps) {
  const { t } = useWords();
  const { error, save } = saving;
  const [policy, setPolicy] = useState(installation.sign_up);
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    save(
      {
        sign_up: policy,
        ...(policy === 'domain' ? { sign_up_domains: linesOf(fields, 'domains') } : {}),
        ...(policy === 'invitation'
          ? {}
          : { sign_up_joins: textOf(fields, 'joins') === 'first' ? 'first' : 'personal' }),
        own_credentials: fields.has('own_credentials'),
        public_models: fields.has('public_models'),
        public_prices: fields.has('public_prices'),
      },
      installation.revision,
    );
  };
  return (
    <Card title={t('system.signUp.title')}>
      <form onSubmit={submit} className="flex flex-col gap-4">
        <SelectField
          label={t('system.signUp.who')}
          value={policy}
          hint={t(`system.signUp.mean.${policy}`)}
          problem={problemOf(error, 'sign_up')}
          onChange={(event) => setPolicy(POLICIES.find((one) => one === event.target.value) ?? policy)}
        >
          {POLICIES.map((one) => (
            <option key={one} value={one}>
              {t(`system.signUp.policies.${one}`)}
            </option>
          ))}
        </SelectField>
        {policy === 'domain' && (
          <AreaField
            label={t('organization.signOn.domains')}
            name="domains"
            required
            placeholder="example.com"
            defaultValue={installation.sign_up_domains.join('\n')}
            problem={problemOf(error, 'sign_up_domains')}
          />
        )}
        {policy !== 'invitation' && (
          <SelectField label={t('system.signUp.joins')} name="joins" defaultValue={installation.sign_up_joins}>
            <option value="personal">{t('system.signUp.personal')}</option>
            <option value="first">{t('system.signUp.first')}</option>
          </SelectField>
        )}
        <CheckField
          label={t('system.signUp.ownCredentials')}
          hint={t('system.signUp.ownCredentialsHint')}
          name="own_credentials"
          defaultChecked={installation.own_credentials}
        />
        <CheckField
          label={t('system.signUp.publicModels')}
          hint={t('system.signUp.publicModelsHint')}
          name="public_models"
          defaultChecked={installation.public_models}
        />
        <CheckField
          label={t('system.signUp.publicPrices')}
          hint={t('system.signUp.publicPricesHint')}
          name="public_prices"
          defaultChecked={installation.public_prices}
        />
        <SavePart saving={saving} />
      </form>
    </Card>
  );
}
