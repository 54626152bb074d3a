import { useState } from 'react';
import { useChange } from '../../api/hooks.ts';
import type { VirtualKey } from '../../api/types.ts';
import { useToast } from '../../app/toasts.tsx';
import { Button } from '../../ui/button.tsx';
import { Code } from '../../ui/code.tsx';
import { Confirm, Dialog } from '../../ui/dialog.tsx';
import { SelectField, Switch } from '../../ui/field.tsx';
import { Problem, useProblemText } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';

const OVERLAPS = [
  [0, 'keys.overlapNone'],
  [3600, 'keys.overlapHour'],
  [86_400, 'keys.overlapDay'],
  [604_800, 'keys.overlapWeek'],
] as const;
const HOUR = '3600';

/** What can be done with a key. */
export function KeyActions({ virtualKey: key }: { readonly virtualKey: VirtualKey }) {
  const { t } = useWords();
  const toast = useToast();
  const problemText = useProblemText();
  const update = useChange('updateKey', ['listKeys']);
  const revoke = useChange('revokeKey', ['listKeys']);
  const [open, setOpen] = useState<'rotate' | 'revoke'>();
  if (key.state === 'revoked') return null;
  const switchTo = (enabled: boolean): void =>
    update.mutate(
      { params: { key_id: key.id }, body: { enabled }, revision: key.revision },
      { onError: (error) => toast(problemText(error), 'bad') },
    );
  return (
    <div className="flex items-center justify-end gap-1">
      <Switch
        label={`${key.enabled ? t('keys.disable') : t('keys.enable')}: ${key.name}`}
        isOn={key.enabled}
        disabled={update.isPending}
        onChange={switchTo}
      />
      <Button
        look="quiet"
        icon="refresh"
        label={`${t('keys.rotate')}: ${key.name}`}
        onClick={() => setOpen('rotate')}
      />
      <Button look="quiet" icon="trash" label={`${t('keys.revoke')}: ${key.name}`} onClick={() => setOpen('revoke')} />
      {open === 'rotate' && <Rotate virtualKey={key} onClose={() => setOpen(undefined)} />}
      {open === 'revoke' && (
        <Confirm
          title={t('keys.revoke')}
          text={t('keys.revokeText', { name: key.name })}
          action={t('keys.revoke')}
          isBusy={revoke.isPending}
          problem={<Problem error={revoke.error} />}
          onConfirm={() => revoke.mutate({ params: { key_id: key.id } }, { onSuccess: () => setOpen(undefined) })}
          onClose={() => setOpen(undefined)}
        />
      )}
    </div>
  );
}

function Rotate({ virtualKey: key, onClose }: { readonly virtualKey: VirtualKey; readonly onClose: () => void }) {
  const { t } = useWords();
  const rotate = useChange('rotateKey', ['listKeys']);
  const [overlap, setOverlap] = useState(HOUR);
  return (
    <Dialog title={`${t('keys.rotate')}: ${key.name}`} onClose={onClose}>
      {rotate.data === undefined ? (
        <>
          <p>{t('keys.rotateText')}</p>
          <SelectField label={t('keys.overlap')} value={overlap} onChange={(event) => setOverlap(event.target.value)}>
            {OVERLAPS.map(([seconds, word]) => (
              <option key={seconds} value={seconds}>
                {t(word)}
              </option>
            ))}
          </SelectField>
          <Problem error={rotate.error} />
          <div className="flex justify-end gap-2">
            <Button onClick={onClose}>{t('app.cancel')}</Button>
            <Button
              look="primary"
              isBusy={rotate.isPending}
              onClick={() => rotate.mutate({ params: { key_id: key.id }, body: { overlap_seconds: Number(overlap) } })}
            >
              {t('keys.rotate')}
            </Button>
          </div>
        </>
      ) : (
        <>
          <p className="text-dim">{t('keys.secretOnce')}</p>
          <Code text={rotate.data.secret} />
          <div className="flex justify-end">
            <Button look="primary" onClick={onClose}>
              {t('app.done')}
            </Button>
          </div>
        </>
      )}
    </Dialog>
  );
}
