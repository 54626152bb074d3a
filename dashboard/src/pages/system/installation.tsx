import { type FormEvent, useState } from 'react';
import { useAsk, useChange } from '../../api/hooks.ts';
import type { Installation as Shown } from '../../api/types.ts';
import { Button } from '../../ui/button.tsx';
import { ColourField } from '../../ui/colour-field.tsx';
import { TextField } from '../../ui/field.tsx';
import { optionalTextOf, problemOf, textOf } from '../../ui/form-fields.ts';
import { Card, Loading, Notice, Problem } from '../../ui/parts.tsx';
import { PictureField } from '../../ui/picture-field.tsx';
import { useWords } from '../../words/index.ts';
import { Guests } from './guests.tsx';
import { SavePart } from './save-part.tsx';
import { policyOf, SignUp } from './sign-up.tsx';
import { type Saving, useSave } from './use-save.ts';

/** A `data:` URL is a third longer than the file; the hub takes 200,000 characters of it. */
const LOGO_BYTES_MAX = 148_000;
const LOGO_TYPES = ['image/png', 'image/jpeg', 'image/webp', 'image/gif'];

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
  // Each form begins anew where its own part was changed, and keeps what is typed where the other's was.
  const brand = JSON.stringify([name, logo, accent, support_address, terms_url, privacy_url]);
  const policy = policyOf(asked.data);
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
