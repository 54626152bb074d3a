import type { SsoConnection } from '../../api/types.ts';
import { usePlace } from '../../app/session.tsx';
import { Button } from '../../ui/button.tsx';
import { CheckField } from '../../ui/check-field.tsx';
import { SelectField, SmallSelect, TextField } from '../../ui/field.tsx';
import { useWords } from '../../words/index.ts';
import { mayGive, ROLES } from './may.ts';
import type { GroupRole } from './sign-on-input.ts';

type JoinFieldsProps = {
  readonly connection: SsoConnection | undefined;
  readonly groups: readonly GroupRole[];
  readonly onGroups: (groups: readonly GroupRole[]) => void;
};

/** Whether who comes from the provider becomes a member, and as what. */
export function JoinFields({ connection, groups, onGroups }: JoinFieldsProps) {
  const { t } = useWords();
  const place = usePlace();
  const roles = ROLES.filter((role) => mayGive(place, role) || role === connection?.default_role);
  return (
    <fieldset className="flex flex-col gap-4 rounded-lg border border-line p-4">
      <legend className="px-1 font-medium">{t('organization.signOn.joining')}</legend>
      <CheckField
        label={t('organization.signOn.joins')}
        hint={t('organization.signOn.joinsHint')}
        name="joins"
        defaultChecked={connection?.joins === 'just_in_time'}
      />
      <SelectField
        label={t('organization.signOn.defaultRole')}
        name="default_role"
        defaultValue={connection?.default_role ?? ''}
        hint={t('organization.signOn.defaultRoleHint')}
      >
        <option value="">{t('app.none')}</option>
        {roles.map((role) => (
          <option key={role} value={role}>
            {t(`organization.roles.${role}`)}
          </option>
        ))}
      </SelectField>
      <TextField
        label={t('organization.signOn.groupsClaim')}
        name="claim.groups"
        isOptional
        placeholder="groups"
        defaultValue={connection?.claims.groups}
      />
      <Groups groups={groups} onGroups={onGroups} />
    </fieldset>
  );
}

function Groups({ groups, onGroups }: Omit<JoinFieldsProps, 'connection'>) {
  const { t } = useWords();
  const place = usePlace();
  const set = (index: number, change: Partial<GroupRole>): void =>
    onGroups(groups.map((one, at) => (at === index ? { ...one, ...change } : one)));
  return (
    <div className="flex flex-col gap-2">
      <p className="text-sm font-medium">{t('organization.signOn.groups')}</p>
      {groups.map(({ group, role }, index) => (
        // The rows have no names of their own, and are only added at the end.
        <div key={index} className="flex gap-2">
          <input
            aria-label={t('organization.signOn.group')}
            placeholder={t('organization.signOn.group')}
            value={group}
            onChange={(event) => set(index, { group: event.target.value })}
            className="h-9 min-w-0 flex-1 rounded-lg border border-edge bg-raised px-3 text-sm placeholder:text-dim"
          />
          <SmallSelect
            label={t('organization.role')}
            value={role}
            onChange={(event) => set(index, { role: ROLES.find((one) => one === event.target.value) ?? role })}
          >
            {ROLES.filter((one) => mayGive(place, one) || one === role).map((one) => (
              <option key={one} value={one}>
                {t(`organization.roles.${one}`)}
              </option>
            ))}
          </SmallSelect>
          <Button
            look="quiet"
            icon="trash"
            label={`${t('app.remove')}: ${group}`}
            onClick={() => onGroups(groups.filter((_, at) => at !== index))}
          />
        </div>
      ))}
      <div>
        <Button icon="plus" onClick={() => onGroups([...groups, { group: '', role: 'viewer' }])}>
          {t('organization.signOn.addGroup')}
        </Button>
      </div>
    </div>
  );
}
