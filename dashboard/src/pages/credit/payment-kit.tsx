import { type FormEvent, useState } from 'react';
import type { Answer } from '../../api/call.ts';
import { useAsk, useChange } from '../../api/hooks.ts';
import { useCredits } from '../../app/credits.ts';
import { useToast } from '../../app/toasts.tsx';
import { dateTime } from '../../format/times.ts';
import { Button } from '../../ui/button.tsx';
import { CheckField } from '../../ui/check-field.tsx';
import { Code } from '../../ui/code.tsx';
import { SelectField, TextField } from '../../ui/field.tsx';
import { optionalTextOf, problemOf } from '../../ui/form-fields.ts';
import { Facts } from '../../ui/list.tsx';
import { Badge, Card, Loading, Notice, Problem } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import { PaymentKitCustomers } from './payment-kit-customers.tsx';

type Kit = Answer<'getPaymentKit'>;
type Saving = ReturnType<typeof useChange<'setPaymentKit'>>;

const TONES = { on: 'good', off: 'calm', missing: 'calm' } as const;
const MODES = ['live', 'test'] as const;
const LEADERS = ['hub', 'payment_kit'] as const;
const CHECK_SECONDS = { least: 10, most: 3600, usual: 60 };

/** How the hub is known to a Payment Kit, which sells credits by prices of its own. */
export function PaymentKit() {
  const { t } = useWords();
  // Above the form, which begins anew once it is saved.
  const saving = useChange('setPaymentKit', ['getPaymentKit', 'getCreditSale', 'listPaymentKitCustomers']);
  const { data, error } = useAsk('getPaymentKit', {});
  return (
    <Card title={t('credit.kit.title')}>
      {data === undefined ? (
        error === null ? (
          <Loading />
        ) : (
          <Problem error={error} />
        )
      ) : (
        <div className="flex flex-col gap-6">
          <p className="max-w-prose text-dim">{t('credit.kit.text')}</p>
          <Known kit={data} />
          <Form key={data.revision} kit={data} saving={saving} />
          {data.state !== 'missing' && <PaymentKitCustomers isLed={data.leads === 'payment_kit'} />}
        </div>
      )}
    </Card>
  );
}

function Known({ kit }: { readonly kit: Kit }) {
  const { t, language } = useWords();
  const { named } = useCredits();
  const telling = useChange('tellPaymentKit', ['getPaymentKit']);
  const { usage } = kit;
  const waiting =
    usage &&
    (usage.waiting === 0
      ? t('credit.kit.allTold')
      : t('credit.kit.waiting', { count: usage.waiting, credits: named(usage.waiting_credits) }));
  return (
    <div className="flex max-w-xl flex-col gap-4">
      <Facts
        facts={[
          [t('credit.buy.state'), <Badge tone={TONES[kit.state]}>{t(`credit.sale.states.${kit.state}`)}</Badge>],
          [t('credit.sale.mode'), kit.mode && t(`credit.sale.modes.${kit.mode}`)],
          [t('credit.sale.key'), kit.masked_key],
          [t('credit.kit.currency'), kit.currency_id],
          [t('credit.kit.usage'), waiting],
          [t('credit.kit.lastTold'), usage?.last_delivered_at && dateTime(usage.last_delivered_at, language)],
        ]}
      />
      {usage?.problem !== undefined && (
        <Notice tone="warn">
          {t('credit.kit.problem')} <span className="wrap-anywhere">{usage.problem}</span>
        </Notice>
      )}
      <Problem error={telling.error} />
      {usage !== undefined && usage.waiting > 0 && (
        <div>
          <Button isBusy={telling.isPending} onClick={() => telling.mutate({})}>
            {t('credit.kit.tellNow')}
          </Button>
        </div>
      )}
      <div className="flex flex-col gap-1.5">
        <p className="text-sm font-medium">{t('credit.sale.eventsUrl')}</p>
        <Code text={kit.events_url} label={t('credit.sale.eventsUrl')} />
        <p className="text-[13px] text-dim">{t('credit.kit.eventsHint')}</p>
      </div>
    </div>
  );
}

function Form({ kit, saving: { error, isPending, mutate } }: { readonly kit: Kit; readonly saving: Saving }) {
  const { t } = useWords();
  const toast = useToast();
  const isKnown = kit.state !== 'missing';
  const [isOn, setIsOn] = useState(kit.state !== 'off');
  const [leads, setLeads] = useState(kit.leads ?? 'hub');
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    const said = Object.fromEntries(
      FIELDS.flatMap((name): [string, string][] => {
        const text = optionalTextOf(fields, name);
        return text === undefined ? [] : [[name, text]];
      }),
    );
    const led = { leads, ...(leads === 'hub' ? {} : { check_seconds: Number(fields.get('check_seconds')) }) };
    const mode = MODES.find((each) => each === fields.get('mode')) ?? 'test';
    mutate(
      { ...(isKnown ? { revision: kit.revision } : {}), body: { ...said, ...led, mode, enabled: isOn } },
      { onSuccess: () => toast(t('credit.sale.methodSaved')) },
    );
  };
  return (
    <form onSubmit={submit} className="flex max-w-xl flex-col gap-4">
      <TextField
        label={t('credit.kit.address')}
        name="address"
        type="url"
        required
        placeholder="https://app.example.com/payment-kit"
        defaultValue={kit.address}
        hint={t('credit.kit.addressHint')}
        problem={problemOf(error, 'address')}
      />
      <SelectField
        label={t('credit.sale.mode')}
        name="mode"
        defaultValue={kit.mode ?? 'test'}
        problem={problemOf(error, 'mode')}
      >
        {MODES.map((mode) => (
          <option key={mode} value={mode}>
            {t(`credit.sale.modes.${mode}`)}
          </option>
        ))}
      </SelectField>
      <TextField
        label={t('credit.kit.meter')}
        name="meter"
        required
        placeholder="agent-hub-ai-meter"
        defaultValue={kit.meter}
        hint={t('credit.kit.meterHint')}
        problem={problemOf(error, 'meter')}
      />
      <TextField
        label={t('credit.kit.link')}
        name="payment_link"
        isOptional
        placeholder="plink_…"
        defaultValue={kit.payment_link}
        hint={t('credit.kit.linkHint')}
        problem={problemOf(error, 'payment_link')}
      />
      <SelectField
        label={t('credit.kit.leads')}
        value={leads}
        onChange={(event) => setLeads(LEADERS.find((each) => each === event.target.value) ?? 'hub')}
        hint={t('credit.kit.leadsHint')}
        problem={problemOf(error, 'leads')}
      >
        {LEADERS.map((each) => (
          <option key={each} value={each}>
            {t(`credit.kit.leaders.${each}`)}
          </option>
        ))}
      </SelectField>
      {leads === 'payment_kit' && (
        <TextField
          label={t('credit.kit.checkSeconds')}
          name="check_seconds"
          type="number"
          required
          min={CHECK_SECONDS.least}
          max={CHECK_SECONDS.most}
          defaultValue={String(kit.check_seconds ?? CHECK_SECONDS.usual)}
          hint={t('credit.kit.checkHint')}
          problem={problemOf(error, 'check_seconds')}
        />
      )}
      <Proofs kit={kit} error={error} />
      <CheckField label={t('credit.kit.takes')} checked={isOn} onChange={(event) => setIsOn(event.target.checked)} />
      <Problem error={error} />
      <div>
        <Button type="submit" look="primary" isBusy={isPending}>
          {t('app.save')}
        </Button>
      </div>
    </form>
  );
}

const FIELDS = ['address', 'meter', 'payment_link', 'secret_key', 'component_did', 'access_key', 'public_key'] as const;

/** By what the hub proves who it is: the app's key, or an access key. */
function Proofs({ kit, error }: { readonly kit: Kit; readonly error: Saving['error'] }) {
  const { t } = useWords();
  const [by, setBy] = useState<'secret' | 'access'>(
    kit.state !== 'missing' && kit.component_did === undefined ? 'access' : 'secret',
  );
  const secret = {
    type: 'password',
    autoComplete: 'off',
    required: kit.state === 'missing',
    isOptional: kit.state !== 'missing',
  };
  const kept = kit.state === 'missing' ? undefined : t('credit.sale.keepHint');
  return (
    <>
      <SelectField
        label={t('credit.kit.proof')}
        value={by}
        onChange={(event) => setBy(event.target.value === 'access' ? 'access' : 'secret')}
      >
        <option value="secret">{t('credit.kit.proofs.secret')}</option>
        <option value="access">{t('credit.kit.proofs.access')}</option>
      </SelectField>
      {by === 'secret' ? (
        <>
          <TextField
            key="secret_key"
            label={t('credit.kit.secretKey')}
            name="secret_key"
            {...secret}
            hint={kept ?? t('credit.kit.secretHint')}
            problem={problemOf(error, 'secret_key')}
          />
          <TextField
            key="component_did"
            label={t('credit.kit.componentDid')}
            name="component_did"
            required
            defaultValue={kit.component_did}
            hint={t('credit.kit.componentHint')}
            problem={problemOf(error, 'component_did')}
          />
        </>
      ) : (
        <>
          <TextField
            key="access_key"
            label={t('credit.kit.accessKey')}
            name="access_key"
            {...secret}
            placeholder="blocklet-…"
            hint={kept ?? t('credit.kit.accessHint')}
            problem={problemOf(error, 'access_key')}
          />
          <TextField
            key="public_key"
            label={t('credit.kit.publicKey')}
            name="public_key"
            required={kit.state === 'missing'}
            isOptional={kit.state !== 'missing'}
            hint={kept ?? t('credit.kit.publicHint')}
            problem={problemOf(error, 'public_key')}
          />
        </>
      )}
    </>
  );
}
