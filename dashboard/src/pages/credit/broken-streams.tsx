import { useAsk, useChange } from '../../api/hooks.ts';
import type { Organization } from '../../api/types.ts';
import { usePlace } from '../../app/session.tsx';
import { useToast } from '../../app/toasts.tsx';
import { SelectField } from '../../ui/field.tsx';
import { Card, Problem } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';

const POLICIES = [
  'bill-provider-usage',
  'bill-received',
  'waive-if-nothing-delivered',
] as const satisfies readonly Organization['broken_stream_policy'][];

/** What the organization pays for answers that break off. Operators set it, and whoever sees the credit sees it. */
export function BrokenStreams() {
  const { t } = useWords();
  const { isOperator } = usePlace();
  const asked = useAsk('getOwnOrganization', {});
  if (asked.data === undefined) return null;
  const { broken_stream_policy: policy } = asked.data;
  return (
    <Card title={t('credit.brokenStreams')}>
      {isOperator ? (
        <Choice organization={asked.data} />
      ) : (
        <>
          <p className="font-medium">{t(`credit.policies.${policy}`)}</p>
          <p className="max-w-prose text-dim">{t(`credit.policyText.${policy}`)}</p>
        </>
      )}
    </Card>
  );
}

function Choice({ organization }: { readonly organization: Organization }) {
  const { t } = useWords();
  const toast = useToast();
  const change = useChange('setBrokenStreamPolicy', ['getOwnOrganization', 'getOrganization', 'listOrganizations']);
  const { id, broken_stream_policy: policy, revision, state } = organization;
  const choose = (value: string): void => {
    const chosen = POLICIES.find((one) => one === value);
    if (chosen === undefined) return;
    change.mutate(
      { params: { organization_id: id }, body: { policy: chosen }, revision },
      { onSuccess: () => toast(t('credit.policySaved')) },
    );
  };
  return (
    <div className="flex max-w-xl flex-col gap-3">
      <SelectField
        label={t('credit.policy')}
        value={policy}
        disabled={change.isPending || state === 'closed'}
        hint={t(`credit.policyText.${policy}`)}
        onChange={(event) => choose(event.target.value)}
      >
        {POLICIES.map((one) => (
          <option key={one} value={one}>
            {t(`credit.policies.${one}`)}
          </option>
        ))}
      </SelectField>
      <p className="text-[13px] text-dim">{t('credit.policyFrom')}</p>
      <Problem error={change.error} />
    </div>
  );
}
