import { useState } from 'react';
import type { CallError, Taken } from '../../api/call.ts';
import { useAsk } from '../../api/hooks.ts';
import { useCredits } from '../../app/credits.ts';
import { usePlace } from '../../app/session.tsx';
import { AreaField, SelectField, TextField } from '../../ui/field.tsx';
import { endOfDay, linesOf, optionalTextOf, problemOf, textOf } from '../../ui/form-fields.ts';
import { useWords } from '../../words/index.ts';
import { AmountField } from './amount-field.tsx';
import { ConsequenceDialog } from './consequence-dialog.tsx';
import { type Grant, LEVELS, type Level } from './types.ts';

const KINDS = ['purchased', 'promotional', 'adjustment', 'allotment'] as const satisfies readonly Grant['kind'][];
const MANY = { query: { limit: 500 } };

/** Whose account gets it: one that is given, or one of an organization to be chosen. */
export type Receiver =
  | { readonly kind: 'account'; readonly level: Level; readonly scopeId: string; readonly name: string }
  | { readonly kind: 'part' }
  | { readonly kind: 'organization' };

/** Gives credit, once the consequence was read. */
export function GiveDialog({ receiver, onClose }: { readonly receiver: Receiver; readonly onClose: () => void }) {
  const { t } = useWords();
  const { exactNamed } = useCredits();
  const { organizationId } = usePlace();
  const [level, setLevel] = useState<Level>('organization');
  const choices = useChoices(receiver.kind === 'organization' ? 'installation' : level);
  const accountOf = ({ body }: Taken<'giveCredit'>): string => {
    if (receiver.kind === 'account') return receiver.name;
    const id = body.scope_id ?? body.organization_id;
    return choices.find((one) => one.id === id)?.name ?? id;
  };
  const amountOf = ({ body }: Taken<'giveCredit'>): string => exactNamed(body.amount);
  return (
    <ConsequenceDialog
      operation="giveCredit"
      title={t('credit.give')}
      bodyOf={(fields) => ({ body: bodyOf(fields, receiver, organizationId) })}
      consequence={(taken) => t('credit.giveConsequence', { account: accountOf(taken), amount: amountOf(taken) })}
      done={(taken) => t('credit.gave', { amount: amountOf(taken) })}
      isHarmless
      onClose={onClose}
    >
      {(error) => (
        <>
          <p className="text-dim">{t('credit.giveText')}</p>
          {receiver.kind === 'account' && <p className="font-medium wrap-anywhere">{receiver.name}</p>}
          {receiver.kind === 'part' && <PartFields error={error} level={level} choices={choices} onLevel={setLevel} />}
          {receiver.kind === 'organization' && (
            <ChoiceField label={t('credit.organization')} name="organization_id" choices={choices} error={error} />
          )}
          <GrantFields error={error} />
        </>
      )}
    </ConsequenceDialog>
  );
}

function bodyOf(fields: FormData, receiver: Receiver, organizationId: string): Taken<'giveCredit'>['body'] {
  const kind = KINDS.find((one) => one === textOf(fields, 'kind'));
  const priority = optionalTextOf(fields, 'priority');
  const day = optionalTextOf(fields, 'expires_at');
  const models = linesOf(fields, 'models');
  const reason = optionalTextOf(fields, 'reason');
  return {
    ...placeOf(fields, receiver, organizationId),
    amount: textOf(fields, 'amount'),
    name: textOf(fields, 'name'),
    ...(kind === undefined ? {} : { kind }),
    ...(priority === undefined ? {} : { priority: Number(priority) }),
    ...(day === undefined ? {} : { expires_at: endOfDay(day) }),
    ...(models.length === 0 ? {} : { models }),
    ...(reason === undefined ? {} : { reason }),
  };
}

function placeOf(fields: FormData, receiver: Receiver, organizationId: string) {
  if (receiver.kind === 'account') {
    return { organization_id: organizationId, level: receiver.level, scope_id: receiver.scopeId };
  }
  if (receiver.kind === 'organization') return { organization_id: textOf(fields, 'organization_id') };
  const level = LEVELS.find((one) => one === textOf(fields, 'level')) ?? 'organization';
  const scope = level === 'organization' ? organizationId : textOf(fields, 'scope_id');
  return { organization_id: organizationId, level, scope_id: scope };
}

function GrantFields({ error }: { readonly error: CallError | null }) {
  const { t } = useWords();
  return (
    <>
      <AmountField error={error} hint={t('credit.amountHint')} />
      <TextField
        label={t('credit.grantName')}
        name="name"
        required
        maxLength={100}
        hint={t('credit.grantNameHint')}
        problem={problemOf(error, 'name')}
      />
      <SelectField label={t('credit.kindOfGrant')} name="kind">
        {KINDS.map((kind) => (
          <option key={kind} value={kind}>
            {t(`credit.grantKinds.${kind}`)}
          </option>
        ))}
      </SelectField>
      <TextField
        label={t('credit.expires')}
        name="expires_at"
        type="date"
        isOptional
        hint={t('credit.expiresHint')}
        problem={problemOf(error, 'expires_at')}
      />
      <TextField
        label={t('credit.priority')}
        name="priority"
        type="number"
        min={0}
        max={1000}
        isOptional
        hint={t('credit.priorityHint')}
        problem={problemOf(error, 'priority')}
      />
      <AreaField
        label={t('credit.models')}
        name="models"
        isOptional
        hint={t('credit.modelsHint')}
        problem={problemOf(error, 'models')}
      />
      <ReasonField error={error} isOptional />
    </>
  );
}

export function ReasonField({
  error,
  isOptional = false,
}: {
  readonly error: CallError | null;
  readonly isOptional?: boolean;
}) {
  const { t } = useWords();
  return (
    <TextField
      label={t('credit.reason')}
      name="reason"
      required={!isOptional}
      isOptional={isOptional}
      maxLength={500}
      hint={t('credit.reasonHint')}
      problem={problemOf(error, 'reason')}
    />
  );
}

type Choice = { readonly id: string; readonly name: string };

type PartFieldsProps = {
  readonly error: CallError | null;
  readonly level: Level;
  readonly choices: readonly Choice[];
  readonly onLevel: (level: Level) => void;
};

/** The organization itself, or a part of it. */
function PartFields({ error, level, choices, onLevel }: PartFieldsProps) {
  const { t } = useWords();
  return (
    <>
      <SelectField
        label={t('credit.level')}
        name="level"
        value={level}
        onChange={(event) => onLevel(LEVELS.find((one) => one === event.target.value) ?? 'organization')}
      >
        {LEVELS.map((one) => (
          <option key={one} value={one}>
            {t(`credit.levels.${one}`)}
          </option>
        ))}
      </SelectField>
      {level !== 'organization' && (
        <ChoiceField label={t('credit.scope')} name="scope_id" choices={choices} error={error} />
      )}
    </>
  );
}

type ChoiceFieldProps = {
  readonly label: string;
  readonly name: string;
  readonly choices: readonly Choice[];
  readonly error: CallError | null;
};

function ChoiceField({ label, name, choices, error }: ChoiceFieldProps) {
  return (
    <SelectField label={label} name={name} required problem={problemOf(error, name)}>
      {choices.map((one) => (
        <option key={one.id} value={one.id}>
          {one.name}
        </option>
      ))}
    </SelectField>
  );
}

/** What may be given credit on a level, by name. */
function useChoices(level: Level | 'installation'): readonly Choice[] {
  const organizations = useAsk('listOrganizations', MANY, { enabled: level === 'installation' });
  const teams = useAsk('listTeams', MANY, { enabled: level === 'team' });
  const projects = useAsk('listProjects', MANY, { enabled: level === 'project' });
  const members = useAsk('listMembers', MANY, { enabled: level === 'member' });
  const keys = useAsk('listKeys', MANY, { enabled: level === 'key' });
  const { organizationId, name } = usePlace();
  switch (level) {
    case 'installation':
      return organizations.data?.data ?? [];
    case 'organization':
      return [{ id: organizationId, name }];
    case 'team':
      return teams.data?.data ?? [];
    case 'project':
      return projects.data?.data ?? [];
    case 'member':
      return members.data?.data.map((one) => ({ id: one.id, name: one.name ?? one.email ?? one.id })) ?? [];
    case 'key':
      return keys.data?.data ?? [];
  }
}
