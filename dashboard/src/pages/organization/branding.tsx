import type { FormEvent } from 'react';
import { addressOf } from '../../api/call.ts';
import { useChange } from '../../api/hooks.ts';
import type { Organization } from '../../api/types.ts';
import { useToast } from '../../app/toasts.tsx';
import { Button } from '../../ui/button.tsx';
import { ColourField } from '../../ui/colour-field.tsx';
import { TextField } from '../../ui/field.tsx';
import { optionalTextOf } from '../../ui/form-fields.ts';
import { Card, Problem } from '../../ui/parts.tsx';
import { PictureField } from '../../ui/picture-field.tsx';
import { useWords } from '../../words/index.ts';

const TYPES = ['image/png', 'image/jpeg', 'image/webp'];
const BYTES_MAX = 256 * 1024;

/** How the dashboard looks to who is in the organization. */
export function Branding({ organization }: { readonly organization: Organization }) {
  const { t } = useWords();
  return (
    <Card title={t('organization.brand.title')}>
      <div className="flex max-w-xl flex-col gap-4">
        <p className="text-dim">{t('organization.brand.intro')}</p>
        <Logo organization={organization} />
        <Words key={organization.revision} organization={organization} />
      </div>
    </Card>
  );
}

function Logo({ organization: { id, brand, revision } }: { readonly organization: Organization }) {
  const { t } = useWords();
  const toast = useToast();
  const set = useChange('setOwnLogo', ['getOwnOrganization']);
  const remove = useChange('removeOwnLogo', ['getOwnOrganization']);
  const onSuccess = () => toast(t('organization.saved'));
  const version = brand.logo_version;
  return (
    <PictureField
      label={t('system.brand.logo')}
      shown={version === undefined ? undefined : addressOf('getOwnLogo', { query: { organization_id: id, version } })}
      types={TYPES}
      bytesMax={BYTES_MAX}
      hint={t('organization.brand.logoHint')}
      unfit={t('organization.brand.logoUnfit')}
      problem={(set.error ?? remove.error)?.message}
      onPicture={(picture) =>
        picture === undefined
          ? remove.mutate({ revision }, { onSuccess })
          : set.mutate({ body: { data: picture.slice(picture.indexOf(',') + 1) }, revision }, { onSuccess })
      }
    />
  );
}

function Words({ organization: { brand, revision } }: { readonly organization: Organization }) {
  const { t } = useWords();
  const toast = useToast();
  const change = useChange('updateOwnOrganization', ['getOwnOrganization']);
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    const edit = {
      title: optionalTextOf(fields, 'title') ?? null,
      accent: optionalTextOf(fields, 'accent')?.toLowerCase() ?? null,
      support_address: optionalTextOf(fields, 'support') ?? null,
    };
    change.mutate({ body: { brand: edit }, revision }, { onSuccess: () => toast(t('organization.saved')) });
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      <TextField
        label={t('organization.brand.product')}
        name="title"
        isOptional
        maxLength={100}
        defaultValue={brand.title}
      />
      <ColourField
        label={t('app.accent')}
        name="accent"
        initially={brand.accent}
        shades={brand.accent_shades}
        problem={undefined}
      />
      <TextField
        label={t('system.brand.support')}
        name="support"
        isOptional
        placeholder="help@example.com"
        defaultValue={brand.support_address}
      />
      <Problem error={change.error} />
      <div>
        <Button type="submit" look="primary" isBusy={change.isPending}>
          {t('app.save')}
        </Button>
      </div>
    </form>
  );
}
