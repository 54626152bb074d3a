import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { type Answer, BASE } from '../../api/call.ts';
import { useAsk, useChange } from '../../api/hooks.ts';
import { usePlace } from '../../app/session.tsx';
import { count } from '../../format/amounts.ts';
import { Badge, Card, Loading, Problem } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import { StarterOffer } from '../credit/starters.tsx';
import { policyOf, SignUp } from '../system/sign-up.tsx';
import { useSave } from '../system/use-save.ts';
import { ChargingSwitch } from './charging-switch.tsx';
import { PaymentForm } from './payment-form.tsx';
import { TermsForm } from './terms-form.tsx';

export type Charging = Answer<'getCharging'>;
export type Step = Charging['missing'][number];

/** What has to be laid down before customers pay with credit, in the order in which one does it; and the switch. */
export function Setup() {
  const asked = useAsk('getCharging', {});
  const charging = asked.data;
  if (charging === undefined) {
    return <Card>{asked.error === null ? <Loading rows={8} /> : <Problem error={asked.error} />}</Card>;
  }
  const form = JSON.stringify(charging);
  return (
    <div className="flex max-w-3xl flex-col gap-4">
      <ChargingSwitch charging={charging} />
      <StepCard number={1} name="terms" steps={['unit', 'margin']} charging={charging}>
        <TermsForm key={form} charging={charging} />
      </StepCard>
      <StepCard number={2} name="offers" steps={['offers']} charging={charging}>
        <OfferStep charging={charging} />
      </StepCard>
      <StepCard number={3} name="payment" steps={['payment']} charging={charging}>
        <PaymentForm key={form} charging={charging} />
      </StepCard>
      <StepCard number={4} name="signUp" steps={['sign_up']} charging={charging}>
        <SignUpStep />
      </StepCard>
    </div>
  );
}

type StepCardProps = {
  readonly number: number;
  readonly name: 'terms' | 'offers' | 'payment' | 'signUp';
  readonly steps: readonly Step[];
  readonly charging: Charging;
  readonly children: ReactNode;
};

function StepCard({ number, name, steps, charging, children }: StepCardProps) {
  const { t } = useWords();
  const isMissing = steps.some((step) => charging.missing.includes(step));
  return (
    <div id={`step-${steps[0]}`} className="scroll-mt-4">
      <Card
        title={t('selling.setup.step', { number, title: t(`selling.setup.titles.${name}`) })}
        action={
          <Badge tone={isMissing ? 'warn' : 'good'}>
            {t(isMissing ? 'selling.setup.isMissing' : 'selling.setup.isThere')}
          </Badge>
        }
      >
        {children}
      </Card>
    </div>
  );
}

function OfferStep({ charging: { enabled, offered_models } }: { readonly charging: Charging }) {
  const { t, language } = useWords();
  const installation = useAsk('getInstallation', {});
  const { organizationId } = usePlace();
  const place = { params: { organizationId }, className: 'text-accent underline' } as const;
  return (
    <div className="flex flex-col gap-2">
      <p className="text-dim">{t('selling.setup.offersText')}</p>
      <p>{t('selling.setup.offered', { count: offered_models, text: count(offered_models, language) })}</p>
      <p className="flex flex-wrap gap-x-4 gap-y-1">
        <Link to="/$organizationId/selling" search={{ tab: 'offers' }} {...place}>
          {t('selling.setup.toOffers')}
        </Link>
        <Link to="/$organizationId/prices" {...place}>
          {t('selling.setup.toPrices')}
        </Link>
        {enabled && installation.data?.public_prices === true && (
          <a href={`${BASE}/pricing`} className={place.className}>
            {t('selling.setup.toPricing')}
          </a>
        )}
      </p>
    </div>
  );
}

/** The same forms as on the pages of the installation and of starter credits. */
function SignUpStep() {
  const { t } = useWords();
  const savesPolicy = useSave(['getCharging']);
  const savesStarters = useChange('updateInstallation', ['getInstallation', 'getCharging']);
  const asked = useAsk('getInstallation', {});
  if (asked.data === undefined) return asked.error === null ? <Loading /> : <Problem error={asked.error} />;
  const { sign_up, sign_up_joins, starter_credits } = asked.data;
  return (
    <div className="flex flex-col gap-4">
      <p className="text-dim">{t('selling.setup.signUpText')}</p>
      <SignUp key={policyOf(asked.data)} installation={asked.data} saving={savesPolicy} />
      <StarterOffer
        key={JSON.stringify([starter_credits, sign_up, sign_up_joins])}
        installation={asked.data}
        saving={savesStarters}
      />
    </div>
  );
}
