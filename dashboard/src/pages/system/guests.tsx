import { type FormEvent, useState } from 'react';
import { BASE } from '../../api/call.ts';
import { useAsk } from '../../api/hooks.ts';
import type { Installation } from '../../api/types.ts';
import { useCallableModels } from '../../app/callable.ts';
import { KeyLink } from '../../app/key-link.tsx';
import { usePlace } from '../../app/session.tsx';
import { CheckField } from '../../ui/check-field.tsx';
import { AreaField, SelectField, TextField } from '../../ui/field.tsx';
import { linesOf, optionalTextOf, textOf } from '../../ui/form-fields.ts';
import { Card } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import { SavePart } from './save-part.tsx';
import type { Saving } from './use-save.ts';

const MANY = 500;
/** The installation’s own organization. */
const OWN = 'org_default';
const LIMITS = [
  { name: 'visitor_requests_per_day', word: 'system.guests.visitor', min: 1, max: 1000 },
  { name: 'requests_per_day', word: 'system.guests.all', min: 1, max: 100_000 },
  { name: 'output_tokens_max', word: 'system.guests.tokens', min: 16, max: 4096 },
] as const;

/** What visitors may ask of models without an account, and who pays for it. */
export function Guests({ installation, saving }: { readonly installation: Installation; readonly saving: Saving }) {
  const { t } = useWords();
  const { error, save } = saving;
  const present = installation.guest_playground;
  const [models, setModels] = useState(present.models.join('\n'));
  const { organizationId } = usePlace();
  const organizations = useAsk('listOrganizations', { query: { limit: MANY } });
  const problemOf = (name: string): string | undefined =>
    error?.param?.startsWith(`guest_playground.${name}`) === true ? error.message : undefined;
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    save(
      {
        guest_playground: {
          enabled: fields.has('enabled'),
          models: [...linesOf(fields, 'models')],
          organization_id: optionalTextOf(fields, 'organization') ?? null,
          ...Object.fromEntries(LIMITS.map(({ name }) => [name, Number(textOf(fields, name))])),
        },
      },
      installation.revision,
    );
  };
  return (
    <Card title={t('system.guests.title')}>
      <form onSubmit={submit} className="flex flex-col gap-4">
        <CheckField
          label={t('system.guests.enabled')}
          hint={
            present.enabled ? (
              <a className="text-accent underline" href={`${BASE}/playground`}>
                {t('system.guests.look')}
              </a>
            ) : (
              t('system.guests.enabledHint')
            )
          }
          name="enabled"
          defaultChecked={present.enabled}
        />
        <AreaField
          label={t('system.guests.models')}
          name="models"
          hint={t('system.guests.modelsHint')}
          value={models}
          onChange={(event) => setModels(event.target.value)}
          problem={problemOf('models')}
        />
        <AddModel chosen={models.split('\n')} onAdd={(name) => setModels(`${models.trimEnd()}\n${name}`.trimStart())} />
        <SelectField
          key={organizations.data === undefined ? 'asked' : 'known'}
          label={t('system.guests.organization')}
          name="organization"
          hint={t('system.guests.organizationHint')}
          defaultValue={present.organization_id ?? ''}
          problem={problemOf('organization_id')}
        >
          <option value="">{t('system.guests.own')}</option>
          {organizations.data?.data.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </SelectField>
        <div className="grid gap-4 sm:grid-cols-3">
          {LIMITS.map(({ name, word, min, max }) => (
            <TextField
              key={name}
              label={t(word)}
              name={name}
              type="number"
              required
              min={min}
              max={max}
              defaultValue={present[name]}
              problem={problemOf(name)}
            />
          ))}
        </div>
        <p className="text-[13px] text-dim">{t('system.guests.limits')}</p>
        {present.key_id !== undefined && (present.organization_id ?? OWN) === organizationId && (
          <p className="text-[13px]">
            <KeyLink id={present.key_id}>{t('system.guests.key')}</KeyLink>
          </p>
        )}
        <SavePart saving={saving} />
      </form>
    </Card>
  );
}

/** Models that chat and are not offered yet. */
function AddModel({ chosen, onAdd }: { readonly chosen: readonly string[]; readonly onAdd: (name: string) => void }) {
  const { t } = useWords();
  const { data } = useCallableModels();
  const names = data?.data
    .filter(({ name, operations }) => operations.includes('chat') && !chosen.includes(name))
    .map(({ name }) => name);
  if (names === undefined || names.length === 0) return null;
  return (
    <SelectField label={t('system.guests.add')} value="" onChange={(event) => onAdd(event.target.value)}>
      <option value="">–</option>
      {names.map((name) => (
        <option key={name}>{name}</option>
      ))}
    </SelectField>
  );
}
