import { useState } from 'react';
import type { SsoConnection } from '../../api/types.ts';
import { SelectField, TextField } from '../../ui/field.tsx';
import { useWords } from '../../words/index.ts';

/** How a provider says who somebody is, where it does not say it as the standard has it. */
export function ClaimFields({ connection }: { readonly connection: SsoConnection | undefined }) {
  const { t } = useWords();
  const before = connection?.claims.email_verified;
  const [proof, setProof] = useState(before === undefined ? '' : typeof before === 'string' ? before : 'claim');
  return (
    <details>
      <summary className="mb-3 font-medium text-accent">{t('organization.signOn.claims')}</summary>
      <div className="flex flex-col gap-4">
        <TextField
          label={t('organization.signOn.scopes')}
          name="scopes"
          isOptional
          placeholder="openid email profile"
          defaultValue={connection?.scopes.join(' ')}
        />
        {(['subject', 'email', 'name'] as const).map((name) => (
          <TextField
            key={name}
            label={t(`organization.signOn.claimNames.${name}`)}
            name={`claim.${name}`}
            isOptional
            defaultValue={connection?.claims[name]}
          />
        ))}
        <SelectField
          label={t('organization.signOn.proof')}
          name="email_verified"
          value={proof}
          onChange={(event) => setProof(event.target.value)}
        >
          {connection === undefined && <option value="">{t('organization.signOn.proofs.default')}</option>}
          <option value="claim">{t('organization.signOn.proofs.claim')}</option>
          <option value="provider">{t('organization.signOn.proofs.provider')}</option>
          <option value="nobody">{t('organization.signOn.proofs.nobody')}</option>
        </SelectField>
        {proof === 'claim' && (
          <TextField
            label={t('organization.signOn.proofClaim')}
            name="claim.email_verified"
            defaultValue={typeof before === 'object' ? before.claim : 'email_verified'}
          />
        )}
      </div>
    </details>
  );
}
