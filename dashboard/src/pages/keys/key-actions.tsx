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

type KeyActionsProps = {
  readonly virtualKey: VirtualKey;
  /** Whether there is room to say what each does. */
  readonly isWordy?: boolean;
};

const CHANGES = ['listKeys', 'getKey'] as const;

/** What can be done with a key. */
export function KeyActions({ virtualKey: key, isWordy = false }: KeyActionsProps) {
  const { t } = useWords();
  const toast = useToast();
  const problemText = useProblemText();
  const update = useChange('updateKey', CHANGES);
  const revoke = useChange('revokeKey', CHANGES);
  const [open, setOpen] = useState<'rotate' | 'revoke'>();
  if (key.state === 'revoked') return null;
  const labelOf = (act: string): string => `${act}: ${key.name}`;
  const switchTo = (enabled: boolean): void =>
    update.mutate(
      { params: { key_id: key.id }, body: { enabled }, revision: key.revision },
      { onError: (error) => toast(problemText(error), 'bad') },
    );
  return (
    <div className={`flex flex-wrap items-center justify-end ${isWordy ? 'gap-2' : 'gap-1'}`}>
      <Switch
        label={labelOf(key.enabled ? t('keys.disable') : t('keys.enable'))}
        isOn={key.enabled}
        disabled={update.isPending}
        onChange={switchTo}
      />
      {isWordy ? (
        <>
          <Button icon="refresh" onClick={() => setOpen('rotate')}>
            {t('keys.rotate')}
          </Button>
          <Button look="danger" icon="trash" onClick={() => setOpen('revoke')}>
            {t('keys.revoke')}
          </Button>
        </>
      ) : (
        <>
          <Button look="quiet" icon="refresh" label={labelOf(t('keys.rotate'))} onClick={() => setOpen('rotate')} />
          <Button look="quiet" icon="trash" label={labelOf(t('keys.revoke'))} onClick={() => setOpen('revoke')} />
        </>
      )}
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
  const rotate = useChange('rotateKey', CHANGES);
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
