import { type FormEvent, useState } from 'react';
import { useAsk, useChange } from '../../api/hooks.ts';
import type { Installation as Shown } from '../../api/types.ts';
import { Button } from '../../ui/button.tsx';
import { CheckField } from '../../ui/check-field.tsx';
import { ColourField } from '../../ui/colour-field.tsx';
import { AreaField, SelectField, TextField } from '../../ui/field.tsx';
import { linesOf, optionalTextOf, problemOf, textOf } from '../../ui/form-fields.ts';
import { Card, Loading, Notice, Problem } from '../../ui/parts.tsx';
import { PictureField } from '../../ui/picture-field.tsx';
import { useWords } from '../../words/index.ts';
import { Guests } from './guests.tsx';
import { SavePart } from './save-part.tsx';
import { type Saving, useSave } from './use-save.ts';

/** A `data:` URL is a third longer than the file; the hub takes 200,000 characters of it. */
const LOGO_BYTES_MAX = 148_000;
const LOGO_TYPES = ['image/png', 'image/jpeg', 'image/webp', 'image/gif'];
const POLICIES = ['invitation', 'approval', 'domain', 'open'] as const;

/** How the hub looks to people, and who may come in. */
export function Installation() {
  // Above the forms, which begin anew once they are saved.
  const savesBrand = useSave();
  const savesPolicy = useSave();
  const savesGuests = useSave();
  const asked = useAsk('getInstallation', {});
  if (asked.data === undefined) {
    return <Card>{asked.error === null ? <Loading /> : <Problem error={asked.error} />}</Card>;
  }
  const { name, logo, accent, support_address, terms_url, privacy_url } = asked.data;
  const { sign_up, sign_up_domains, sign_up_joins, own_credentials, public_models } = asked.data;
  // Each form begins anew where its own part was changed, and keeps what is typed where the other's was.
  const brand = JSON.stringify([name, logo, accent, support_address, terms_url, privacy_url]);
  const policy = JSON.stringify([sign_up, sign_up_domains, sign_up_joins, own_credentials, public_models]);
  return (
    <div className="grid items-start gap-4 lg:grid-cols-2">
      <Branding key={brand} installation={asked.data} saving={savesBrand} />
      <div className="flex min-w-0 flex-col gap-4">
        <SignUp key={policy} installation={asked.data} saving={savesPolicy} />
        <Mail />
        <Guests key={JSON.stringify(asked.data.guest_playground)} installation={asked.data} saving={savesGuests} />
      </div>
    </div>
  );
}

type FormProps = { readonly installation: Shown; readonly saving: Saving };

function Branding({ installation, saving }: FormProps) {
  const { t } = useWords();
  const { error, save } = saving;
  const [logo, setLogo] = useState(installation.logo);
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    save(
      {
        name: textOf(fields, 'name'),
        logo: logo ?? null,
        accent: optionalTextOf(fields, 'accent')?.toLowerCase() ?? null,
        support_address: optionalTextOf(fields, 'support') ?? null,
        terms_url: optionalTextOf(fields, 'terms') ?? null,
        privacy_url: optionalTextOf(fields, 'privacy') ?? null,
      },
      installation.revision,
    );
  };
  return (
    <Card title={t('system.brand.title')}>
      <form onSubmit={submit} className="flex flex-col gap-4">
        <TextField
          label={t('app.name')}
          name="name"
          required
          maxLength={100}
          hint={t('system.brand.nameHint')}
          defaultValue={installation.name}
          problem={problemOf(error, 'name')}
        />
        <PictureField
          label={t('system.brand.logo')}
          shown={logo}
          types={LOGO_TYPES}
          bytesMax={LOGO_BYTES_MAX}
          hint={t('system.brand.logoHint')}
          unfit={t('system.brand.logoUnfit')}
          problem={problemOf(error, 'logo')}
          onPicture={setLogo}
        />
        <ColourField
          label={t('app.accent')}
          name="accent"
          initially={installation.accent}
          shades={installation.accent_shades}
          problem={problemOf(error, 'accent')}
        />
        <TextField
          label={t('system.brand.support')}
          name="support"
          isOptional
          placeholder="help@example.com"
          defaultValue={installation.support_address}
          problem={problemOf(error, 'support_address')}
        />
        <TextField
          label={t('system.brand.terms')}
          name="terms"
          type="url"
          isOptional
          placeholder="https://example.com/terms"
          defaultValue={installation.terms_url}
          problem={problemOf(error, 'terms_url')}
        />
        <TextField
          label={t('system.brand.privacy')}
          name="privacy"
          type="url"
          isOptional
          placeholder="https://example.com/privacy"
          defaultValue={installation.privacy_url}
          problem={problemOf(error, 'privacy_url')}
        />
        <SavePart saving={saving} />
      </form>
    </Card>
  );
}

function SignUp({ installation, saving }: FormProps) {
  const { t } = useWords();
  const { error, save } = saving;
  const [policy, setPolicy] = useState(installation.sign_up);
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    save(
      {
        sign_up: policy,
        ...(policy === 'domain' ? { sign_up_domains: linesOf(fields, 'domains') } : {}),
        ...(policy === 'invitation'
          ? {}
          : { sign_up_joins: textOf(fields, 'joins') === 'first' ? 'first' : 'personal' }),
        own_credentials: fields.has('own_credentials'),
        public_models: fields.has('public_models'),
      },
      installation.revision,
    );
  };
  return (
    <Card title={t('system.signUp.title')}>
      <form onSubmit={submit} className="flex flex-col gap-4">
        <SelectField
          label={t('system.signUp.who')}
          value={policy}
          hint={t(`system.signUp.mean.${policy}`)}
          problem={problemOf(error, 'sign_up')}
          onChange={(event) => setPolicy(POLICIES.find((one) => one === event.target.value) ?? policy)}
        >
          {POLICIES.map((one) => (
            <option key={one} value={one}>
              {t(`system.signUp.policies.${one}`)}
            </option>
          ))}
        </SelectField>
        {policy === 'domain' && (
          <AreaField
            label={t('organization.signOn.domains')}
            name="domains"
            required
            placeholder="example.com"
            defaultValue={installation.sign_up_domains.join('\n')}
            problem={problemOf(error, 'sign_up_domains')}
          />
        )}
        {policy !== 'invitation' && (
          <SelectField label={t('system.signUp.joins')} name="joins" defaultValue={installation.sign_up_joins}>
            <option value="personal">{t('system.signUp.personal')}</option>
            <option value="first">{t('system.signUp.first')}</option>
          </SelectField>
        )}
        <CheckField
          label={t('system.signUp.ownCredentials')}
          hint={t('system.signUp.ownCredentialsHint')}
          name="own_credentials"
          defaultChecked={installation.own_credentials}
        />
        <CheckField
          label={t('system.signUp.publicModels')}
          hint={t('system.signUp.publicModelsHint')}
          name="public_models"
          defaultChecked={installation.public_models}
        />
        <SavePart saving={saving} />
      </form>
    </Card>
  );
}

/** Whether mails arrive. */
function Mail() {
  const { t } = useWords();
  const options = useAsk('getSignInOptions', {});
  const send = useChange('sendTestMail', []);
  const isConsole = options.data?.mail === 'console';
  return (
    <Card title={t('system.mail.title')}>
      <div className="flex flex-col items-start gap-3">
        <p className="text-dim">{isConsole ? t('system.mail.console') : t('system.mail.smtp')}</p>
        <Button icon="send" isBusy={send.isPending} onClick={() => send.mutate({})}>
          {send.isPending ? t('system.mail.sending') : t('system.mail.send')}
        </Button>
        <Problem error={send.error} />
        {send.data !== undefined && (
          <Notice tone="good">{t('system.mail.sent', { address: send.data.sent_to })}</Notice>
        )}
      </div>
    </Card>
  );
}
