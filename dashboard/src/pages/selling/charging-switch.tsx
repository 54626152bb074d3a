import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { usePlace } from '../../app/session.tsx';
import { count } from '../../format/amounts.ts';
import { Button } from '../../ui/button.tsx';
import { Confirm } from '../../ui/dialog.tsx';
import { Badge, Card, Notice, Problem } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import type { Charging, Step } from './setup.tsx';
import { useCharging } from './use-charging.ts';

/** Whether calls are paid for with credit, what is still missing for that, and the switch. */
export function ChargingSwitch({ charging }: { readonly charging: Charging }) {
  const { t } = useWords();
  const { enabled, missing, ruled_by_settings } = charging;
  const isRuled = ruled_by_settings.includes('enabled');
  return (
    <Card
      title={t('selling.setup.title')}
      action={
        <Badge tone={enabled ? 'good' : 'calm'}>{t(enabled ? 'selling.setup.isOn' : 'selling.setup.isOff')}</Badge>
      }
    >
      <div className="flex flex-col gap-3">
        <p className="text-dim">{t(enabled ? 'selling.setup.onText' : 'selling.setup.offText')}</p>
        {missing.length > 0 && <Missing steps={missing} isOn={enabled} />}
        <Advice charging={charging} />
        {isRuled ? (
          <Notice tone="calm">{t(enabled ? 'selling.setup.ruledOn' : 'selling.setup.ruledOff')}</Notice>
        ) : (
          <Switching charging={charging} />
        )}
      </div>
    </Card>
  );
}

function Missing({ steps, isOn }: { readonly steps: readonly Step[]; readonly isOn: boolean }) {
  const { t } = useWords();
  return (
    <Notice tone="warn">
      <p>{t(isOn ? 'selling.setup.missingOn' : 'selling.setup.missing')}</p>
      <ul className="mt-1 list-disc pl-5">
        {steps.map((step) => (
          <li key={step}>
            <button type="button" className="min-h-7 text-left underline" onClick={() => showStep(step)}>
              {t(`selling.setup.steps.${step}`)}
            </button>
          </li>
        ))}
      </ul>
    </Notice>
  );
}

/** Both of the terms stand in one form. */
function showStep(step: Step): void {
  document.getElementById(`step-${step === 'margin' ? 'unit' : step}`)?.scrollIntoView({ behavior: 'smooth' });
}

function Advice({ charging: { advice } }: { readonly charging: Charging }) {
  const { t } = useWords();
  const { organizationId } = usePlace();
  if (advice.length === 0) return null;
  return (
    <Notice tone="calm">
      <ul className="flex list-disc flex-col gap-1 pl-5">
        {advice.map((each) => (
          <li key={each}>
            {t(`selling.setup.advice.${each}`)}{' '}
            {each === 'own_credit' && (
              <Link
                to="/$organizationId/credit"
                params={{ organizationId }}
                search={{ tab: 'accounts' }}
                className="underline"
              >
                {t('selling.setup.giveCredit')}
              </Link>
            )}
          </li>
        ))}
      </ul>
    </Notice>
  );
}

function Switching({ charging }: { readonly charging: Charging }) {
  const { t, language } = useWords();
  const { enabled, missing, offered_models } = charging;
  const { error, isBusy, reset, save } = useCharging(charging);
  const [isAsking, setIsAsking] = useState(false);
  const action = t(enabled ? 'selling.setup.switchOff' : 'selling.setup.switchOn');
  const close = (): void => {
    reset();
    setIsAsking(false);
  };
  return (
    <div>
      <Button
        look={enabled ? 'danger' : 'primary'}
        disabled={!enabled && missing.length > 0}
        onClick={() => setIsAsking(true)}
      >
        {action}
      </Button>
      {isAsking && (
        <Confirm
          title={action}
          text={
            enabled
              ? t('selling.setup.offMeans')
              : t('selling.setup.onMeans', { count: offered_models, text: count(offered_models, language) })
          }
          action={action}
          isBusy={isBusy}
          isHarmless={!enabled}
          problem={<Problem error={error} />}
          onConfirm={() =>
            save({ enabled: !enabled }, t(enabled ? 'selling.setup.switchedOff' : 'selling.setup.switchedOn'), close)
          }
          onClose={close}
        />
      )}
    </div>
  );
}
