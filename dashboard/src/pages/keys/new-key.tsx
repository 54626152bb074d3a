import { type FormEvent, useState } from 'react';
import { useChange } from '../../api/hooks.ts';
import type { Project } from '../../api/types.ts';
import { usePlace } from '../../app/session.tsx';
import { Button } from '../../ui/button.tsx';
import { Code } from '../../ui/code.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { AreaField, SelectField, TextField } from '../../ui/field.tsx';
import { textOf } from '../../ui/form-fields.ts';
import { Problem } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';

const CACHE_SECONDS_MAX = 30 * 24 * 60 * 60;

/** Makes a key, and shows its secret once. */
export function NewKey({ projects, onClose }: { readonly projects: readonly Project[]; readonly onClose: () => void }) {
  const { t } = useWords();
  const place = usePlace();
  const make = useChange('createKey', ['listKeys']);
  const [isMine, setIsMine] = useState(place.memberId !== undefined);
  const problemOf = (param: string): string | undefined =>
    make.error?.param?.split('.')[0] === param ? make.error.message : undefined;
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    const project = textOf(fields, 'project');
    const expires = textOf(fields, 'expires');
    const seconds = textOf(fields, 'cache');
    make.mutate({
      body: {
        name: textOf(fields, 'name'),
        ...(project === '' ? {} : { project_id: project }),
        ...(isMine && place.memberId !== undefined ? { member_id: place.memberId } : {}),
        ...linesAs('allowed_models', fields, 'models'),
        ...linesAs('allowed_addresses', fields, 'addresses'),
        ...linesAs('allowed_origins', fields, 'origins'),
        ...(seconds === '' ? {} : { cache_seconds: Number(seconds) }),
        ...(expires === '' ? {} : { expires_at: endOfDay(expires) }),
      },
    });
  };
  if (make.data !== undefined) {
    return (
      <Dialog title={t('keys.secretTitle')} onClose={onClose}>
        <p className="text-dim">{t('keys.secretOnce')}</p>
        <Code text={make.data.secret} />
        <div className="flex justify-end">
          <Button look="primary" onClick={onClose}>
            {t('app.done')}
          </Button>
        </div>
      </Dialog>
    );
  }
  return (
    <Dialog title={t('keys.create')} onClose={onClose}>
      <form onSubmit={submit} className="flex flex-col gap-4">
        <TextField label={t('app.name')} name="name" required maxLength={100} autoFocus problem={problemOf('name')} />
        <SelectField label={t('keys.project')} name="project" problem={problemOf('project_id')}>
          {projects
            .filter(({ archived_at }) => archived_at === undefined)
            .map(({ id, name, is_default }) => (
              <option key={id} value={is_default ? '' : id}>
                {name}
              </option>
            ))}
        </SelectField>
        {place.memberId !== undefined && (
          <SelectField
            label={t('keys.owner')}
            value={isMine ? 'me' : 'project'}
            onChange={(event) => setIsMine(event.target.value === 'me')}
          >
            <option value="me">{t('keys.ownerMe')}</option>
            <option value="project">{t('keys.ownerProject')}</option>
          </SelectField>
        )}
        <AreaField
          label={t('keys.models')}
          name="models"
          isOptional
          hint={t('keys.modelsHint')}
          problem={problemOf('allowed_models')}
        />
        <details>
          <summary className="mb-3 font-medium text-accent">{t('app.more')}</summary>
          <div className="flex flex-col gap-4">
            <AreaField
              label={t('keys.addresses')}
              name="addresses"
              isOptional
              hint={t('keys.addressesHint')}
              problem={problemOf('allowed_addresses')}
            />
            <AreaField
              label={t('keys.origins')}
              name="origins"
              isOptional
              hint={t('keys.originsHint')}
              problem={problemOf('allowed_origins')}
            />
            <TextField
              label={t('keys.cache')}
              name="cache"
              type="number"
              min={1}
              max={CACHE_SECONDS_MAX}
              isOptional
              hint={t('keys.cacheHint')}
              problem={problemOf('cache_seconds')}
            />
            <TextField
              label={t('keys.expires')}
              name="expires"
              type="date"
              isOptional
              problem={problemOf('expires_at')}
            />
          </div>
        </details>
        <Problem error={make.error} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{t('app.cancel')}</Button>
          <Button type="submit" look="primary" isBusy={make.isPending}>
            {t('app.create')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** The lines of an area as a field of the body; none where it is empty. */
function linesAs<const Name extends string>(name: Name, fields: FormData, area: string) {
  const lines = textOf(fields, area)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  // Exactly the field of that name, or nothing.
  return (lines.length === 0 ? {} : { [name]: lines }) as unknown as { readonly [_ in Name]?: readonly string[] };
}

/** The end of a day where the viewer is. */
function endOfDay(day: string): string {
  return new Date(`${day}T23:59:59`).toISOString();
}
