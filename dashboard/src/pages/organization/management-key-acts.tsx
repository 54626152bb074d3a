import { useState } from 'react';
import { useChange } from '../../api/hooks.ts';
import type { ManagementKey } from '../../api/types.ts';
import { Act } from '../../ui/act.tsx';
import { Button } from '../../ui/button.tsx';
import { SelectField } from '../../ui/field.tsx';
import { FormDialog, SecretDialog } from '../../ui/form-dialog.tsx';
import { textOf } from '../../ui/form-fields.ts';
import { useWords } from '../../words/index.ts';

const OVERLAPS = [
  [0, 'keys.overlapNone'],
  [3600, 'keys.overlapHour'],
  [86_400, 'keys.overlapDay'],
  [604_800, 'keys.overlapWeek'],
] as const;

/** What can be done with a management key. */
export function ManagementKeyActs({
  managementKey: key,
  onEdit,
}: {
  readonly managementKey: ManagementKey;
  readonly onEdit: () => void;
}) {
  const { t } = useWords();
  const [isRotating, setIsRotating] = useState(false);
  const { id, name, revision } = key;
  const taken = { params: { management_key_id: id }, revision };
  if (key.state === 'revoked') {
    return (
      <Act
        operation="deleteManagementKey"
        taken={taken}
        changes={['listManagementKeys']}
        label={t('organization.managementKeys.clear')}
        of={name}
        icon="close"
        look="quiet"
      />
    );
  }
  return (
    <div className="flex items-center justify-end gap-1">
      <Button look="quiet" icon="start" label={`${t('app.edit')}: ${name}`} onClick={onEdit} />
      <Button look="quiet" icon="refresh" label={`${t('keys.rotate')}: ${name}`} onClick={() => setIsRotating(true)} />
      <Act
        operation="revokeManagementKey"
        taken={taken}
        changes={['listManagementKeys']}
        label={t('keys.revoke')}
        of={name}
        icon="trash"
        look="quiet"
        confirm={t('keys.revokeText', { name })}
      />
      {isRotating && <Rotate managementKey={key} onClose={() => setIsRotating(false)} />}
    </div>
  );
}

function Rotate({
  managementKey: key,
  onClose,
}: {
  readonly managementKey: ManagementKey;
  readonly onClose: () => void;
}) {
  const { t } = useWords();
  const rotate = useChange('rotateManagementKey', ['listManagementKeys']);
  const title = `${t('keys.rotate')}: ${key.name}`;
  if (rotate.data !== undefined) {
    return <SecretDialog title={title} text={t('keys.secretOnce')} secret={rotate.data.secret} onClose={onClose} />;
  }
  return (
    <FormDialog
      title={title}
      action={t('keys.rotate')}
      error={rotate.error}
      isBusy={rotate.isPending}
      onSubmit={(fields) =>
        rotate.mutate({
          params: { management_key_id: key.id },
          body: { overlap_seconds: Number(textOf(fields, 'overlap')) },
          revision: key.revision,
        })
      }
      onClose={onClose}
    >
      <p>{t('keys.rotateText')}</p>
      <SelectField label={t('keys.overlap')} name="overlap" defaultValue="3600">
        {OVERLAPS.map(([seconds, word]) => (
          <option key={seconds} value={seconds}>
            {t(word)}
          </option>
        ))}
      </SelectField>
    </FormDialog>
  );
}
