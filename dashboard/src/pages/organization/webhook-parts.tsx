import type { Webhook } from '../../api/types.ts';
import { CheckField } from '../../ui/check-field.tsx';
import { chosenOf } from '../../ui/form-fields.ts';
import { Badge } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import { isKind, KIND_NAMES, KINDS, type Kind } from '../notifications/kinds.ts';

/** Whether a webhook is told, and whether it takes what it is told. */
export function WebhookState({ webhook }: { readonly webhook: Webhook }) {
  const { t } = useWords();
  if (!webhook.enabled) return <Badge>{t('organization.webhooks.off')}</Badge>;
  if (webhook.failing_since !== undefined) return <Badge tone="bad">{t('organization.webhooks.failing')}</Badge>;
  return <Badge tone="good">{t('organization.webhooks.on')}</Badge>;
}

/** The kinds that a webhook is told of; none chosen: all. */
export function KindChoice({ chosen }: { readonly chosen: readonly string[] }) {
  const { t } = useWords();
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-1 text-sm font-medium">{t('organization.webhooks.kinds')}</legend>
      <p className="mb-1 text-[13px] text-dim">{t('organization.webhooks.kindsHint')}</p>
      {KIND_NAMES.map((kind) => (
        <CheckField
          key={kind}
          name="kind"
          value={kind}
          label={t(`notifications.kinds.${KINDS[kind]}`)}
          defaultChecked={chosen.includes(kind)}
        />
      ))}
    </fieldset>
  );
}

export function kindsOf(fields: FormData): readonly Kind[] {
  return chosenOf(fields, 'kind').filter(isKind);
}
