import type { Taken } from '../../api/call.ts';
import type { Webhook } from '../../api/types.ts';
import { usePlace } from '../../app/session.tsx';
import { CheckField } from '../../ui/check-field.tsx';
import { chosenOf } from '../../ui/form-fields.ts';
import { Badge } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import { isKind, KIND_NAMES, KINDS } from '../notifications/kinds.ts';

/** Whether a webhook is told, and whether it takes what it is told. */
export function WebhookState({ webhook }: { readonly webhook: Webhook }) {
  const { t } = useWords();
  if (!webhook.enabled) return <Badge>{t('organization.webhooks.off')}</Badge>;
  if (webhook.failing_since !== undefined) return <Badge tone="bad">{t('organization.webhooks.failing')}</Badge>;
  return <Badge tone="good">{t('organization.webhooks.on')}</Badge>;
}

/** What the operator's webhooks alone are told of, and only those that name it. */
const CUSTOMER_USAGE = 'customer.usage';
const OPERATORS_ORGANIZATION = 'org_default';
type WebhookKind = NonNullable<NonNullable<Taken<'updateWebhook'>['body']>['kinds']>[number];

export function useKindName(): (kind: string) => string {
  const { t } = useWords();
  return (kind) => {
    if (kind === CUSTOMER_USAGE) return t('organization.webhooks.customerUsage');
    return isKind(kind) ? t(`notifications.kinds.${KINDS[kind]}`) : kind;
  };
}

/** The kinds that a webhook is told of; none chosen: all. */
export function KindChoice({ chosen }: { readonly chosen: readonly string[] }) {
  const { t } = useWords();
  const { organizationId, credit } = usePlace();
  const nameOf = useKindName();
  const isOperators = organizationId === OPERATORS_ORGANIZATION && credit !== undefined;
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-1 text-sm font-medium">{t('organization.webhooks.kinds')}</legend>
      <p className="mb-1 text-[13px] text-dim">{t('organization.webhooks.kindsHint')}</p>
      {[...KIND_NAMES, ...(isOperators ? [CUSTOMER_USAGE] : [])].map((kind) => (
        <CheckField key={kind} name="kind" value={kind} label={nameOf(kind)} defaultChecked={chosen.includes(kind)} />
      ))}
    </fieldset>
  );
}

export function kindsOf(fields: FormData): readonly WebhookKind[] {
  return chosenOf(fields, 'kind').filter((kind) => isKind(kind) || kind === CUSTOMER_USAGE);
}
