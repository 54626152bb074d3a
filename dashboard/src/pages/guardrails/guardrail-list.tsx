import { useRows } from '../../api/pages.ts';
import type { Guardrail } from '../../api/types.ts';
import { mayManage, usePlace } from '../../app/session.tsx';
import { Act } from '../../ui/act.tsx';
import { Button } from '../../ui/button.tsx';
import { List } from '../../ui/list.tsx';
import { Badge, Card, Empty } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import { TONES } from './kinds.ts';
import { useGuardrailWords } from './use-guardrail-words.ts';

/** The guardrails in the order in which they are asked. */
export function GuardrailList({ onEdit }: { readonly onEdit: (guardrail: Guardrail) => void }) {
  const { t } = useWords();
  const place = usePlace();
  const list = useRows('listGuardrails', {});
  return (
    <Card>
      <List
        list={list}
        label={t('guardrails.title')}
        keyOf={({ id }) => id}
        empty={<Empty icon="guardrails" title={t('guardrails.emptyTitle')} text={t('guardrails.emptyText')} />}
        columns={[
          {
            name: 'name',
            head: t('guardrails.name'),
            cell: (guardrail) => (
              <div className="min-w-28">
                <p className="font-medium wrap-anywhere">{guardrail.name}</p>
                <div className="mt-1 flex flex-wrap gap-1">
                  <Treatment guardrail={guardrail} />
                  {!guardrail.enabled && <Badge>{t('guardrails.off')}</Badge>}
                </div>
                <div className="mt-2 flex flex-col gap-1 md:hidden">
                  <Finds guardrail={guardrail} />
                  <Whom guardrail={guardrail} />
                </div>
              </div>
            ),
          },
          {
            name: 'finds',
            head: t('guardrails.finds'),
            isMinor: true,
            cell: (guardrail) => <Finds guardrail={guardrail} />,
          },
          {
            name: 'whom',
            head: t('guardrails.whom'),
            isMinor: true,
            cell: (guardrail) => <Whom guardrail={guardrail} />,
          },
          {
            name: 'actions',
            head: <span className="sr-only">{t('app.actions')}</span>,
            isNumber: true,
            cell: (guardrail) =>
              mayManage(place) && <GuardrailActs guardrail={guardrail} onEdit={() => onEdit(guardrail)} />,
          },
        ]}
      />
    </Card>
  );
}

/** What becomes of what it finds; a service says that itself. */
function Treatment({ guardrail: { action, check } }: { readonly guardrail: Guardrail }) {
  const { t } = useWords();
  if (check.kind === 'http' && action === 'block') {
    return <Badge tone="accent">{t('guardrails.serviceActions.block')}</Badge>;
  }
  return <Badge tone={TONES[action]}>{t(`guardrails.actions.${action}`)}</Badge>;
}

function Finds({ guardrail }: { readonly guardrail: Guardrail }) {
  const { t } = useWords();
  const { findsOf } = useGuardrailWords();
  return (
    <div className="max-w-md">
      <p>{t(`guardrails.checks.${guardrail.check.kind}`)}</p>
      <p className="text-[13px] wrap-anywhere text-dim">{findsOf(guardrail).join(' · ')}</p>
    </div>
  );
}

function Whom({ guardrail }: { readonly guardrail: Guardrail }) {
  const { t } = useWords();
  const { scopeOf } = useGuardrailWords();
  return (
    <div>
      <p className="wrap-anywhere">{scopeOf(guardrail)}</p>
      <p className="text-[13px] text-dim">{t(`guardrails.places.${guardrail.place}`)}</p>
      {guardrail.models !== undefined && (
        <p className="font-mono text-[13px] wrap-anywhere text-dim">{guardrail.models.join(', ')}</p>
      )}
    </div>
  );
}

function GuardrailActs({
  guardrail: { id, name, revision },
  onEdit,
}: {
  readonly guardrail: Guardrail;
  readonly onEdit: () => void;
}) {
  const { t } = useWords();
  return (
    <div className="flex justify-end gap-1">
      <Button look="quiet" icon="start" label={`${t('app.edit')}: ${name}`} onClick={onEdit} />
      <Act
        operation="deleteGuardrail"
        taken={{ params: { guardrail_id: id }, revision }}
        changes={['listGuardrails']}
        label={t('app.remove')}
        of={name}
        icon="trash"
        look="quiet"
        confirm={t('guardrails.removeText', { name })}
      />
    </div>
  );
}
