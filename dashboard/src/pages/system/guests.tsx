import { type FormEvent, useState } from 'react';
import { BASE } from '../../api/call.ts';
import { useAsk } from '../../api/hooks.ts';
import type { Installation } from '../../api/types.ts';
import { useCallableModels } from '../../app/callable.ts';
import { KeyLink } from '../../app/key-link.tsx';
import { usePlace } from '../../app/session.tsx';
import { Button } from '../../ui/button.tsx';
import { CheckField } from '../../ui/check-field.tsx';
import { AreaField, SelectField, TextField } from '../../ui/field.tsx';
import { linesOf, optionalTextOf, textOf } from '../../ui/form-fields.ts';
import { Card, Problem } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import type { Saving } from './use-save.ts';

const MANY = 500;
/** The installation’s own organization. */
const OWN = 'org_default';

/** What visitors may ask of models without an account, and who pays for it. */
export function Guests({ installation, saving }: { readonly installation: Installation; readonly saving: Saving }) {
  const { t } = useWords();
  const { error, isBusy, save } = saving;
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
          visitor_requests_per_day: Number(textOf(fields, 'visitor')),
          requests_per_day: Number(textOf(fields, 'all')),
          output_tokens_max: Number(textOf(fields, 'tokens')),
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
          <TextField
            label={t('system.guests.visitor')}
            name="visitor"
            type="number"
            required
            min={1}
            max={1000}
            defaultValue={present.visitor_requests_per_day}
            problem={problemOf('visitor_requests_per_day')}
          />
          <TextField
            label={t('system.guests.all')}
            name="all"
            type="number"
            required
            min={1}
            max={100_000}
            defaultValue={present.requests_per_day}
            problem={problemOf('requests_per_day')}
          />
          <TextField
            label={t('system.guests.tokens')}
            name="tokens"
            type="number"
            required
            min={16}
            max={4096}
            defaultValue={present.output_tokens_max}
            problem={problemOf('output_tokens_max')}
          />
        </div>
        <p className="text-[13px] text-dim">{t('system.guests.limits')}</p>
        {present.key_id !== undefined && (present.organization_id ?? OWN) === organizationId && (
          <p className="text-[13px]">
            <KeyLink id={present.key_id}>{t('system.guests.key')}</KeyLink>
          </p>
        )}
        <Problem error={error} />
        <div>
          <Button type="submit" look="primary" isBusy={isBusy}>
            {t('app.save')}
          </Button>
        </div>
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
