import { useState } from 'react';
import type { Taken } from '../../api/call.ts';
import { useChange } from '../../api/hooks.ts';
import type { Guardrail } from '../../api/types.ts';
import { CheckField } from '../../ui/check-field.tsx';
import { AreaField, SelectField, TextField } from '../../ui/field.tsx';
import { FormDialog } from '../../ui/form-dialog.tsx';
import { linesOf, optionalTextOf, problemOf, textOf } from '../../ui/form-fields.ts';
import { useWords } from '../../words/index.ts';
import { CheckFields, checkOf } from './check-fields.tsx';
import { CHECKS, type CheckKind } from './kinds.ts';
import { useScopes } from './use-guardrail-words.ts';

const ACTIONS = ['flag', 'mask', 'block'] as const;
const PLACES = ['input', 'output', 'both'] as const;
const SCOPES = ['organization', 'project', 'key'] as const;

type Terms = Taken<'createGuardrail'>['body'];
type FormProps = { readonly guardrail: Guardrail | undefined; readonly onClose: () => void };

/** Makes a guardrail, or lays down all of one anew. */
export function GuardrailForm({ guardrail, onClose }: FormProps) {
  const { t } = useWords();
  const changes = ['listGuardrails', 'getGuardrail'] as const;
  const make = useChange('createGuardrail', changes);
  const put = useChange('updateGuardrail', changes);
  const [kind, setKind] = useState<CheckKind>(guardrail?.check.kind ?? 'secrets');
  const error = make.error ?? put.error;
  const submit = (fields: FormData): void => {
    const body = termsOf(fields, kind);
    if (guardrail === undefined) make.mutate({ body }, { onSuccess: onClose });
    else {
      const { id, revision } = guardrail;
      put.mutate({ params: { guardrail_id: id }, body, revision }, { onSuccess: onClose });
    }
  };
  return (
    <FormDialog
      title={guardrail === undefined ? t('guardrails.make') : `${t('app.edit')}: ${guardrail.name}`}
      action={t('app.save')}
      error={error}
      isBusy={make.isPending || put.isPending}
      onSubmit={submit}
      onClose={onClose}
      isPanel
    >
      <TextField
        label={t('guardrails.name')}
        name="name"
        required
        autoFocus
        maxLength={100}
        defaultValue={guardrail?.name}
        problem={problemOf(error, 'name')}
      />
      <SelectField
        label={t('guardrails.finds')}
        name="kind"
        value={kind}
        onChange={({ target }) => setKind(CHECKS.find((each) => each === target.value) ?? 'secrets')}
      >
        {CHECKS.map((each) => (
          <option key={each} value={each}>
            {t(`guardrails.checks.${each}`)}
          </option>
        ))}
      </SelectField>
      <CheckFields kind={kind} check={guardrail?.check} error={error} />
      <TreatmentFields key={kind} guardrail={guardrail} kind={kind} />
      <ScopeFields guardrail={guardrail} problem={problemOf(error, 'scope')} />
      <AreaField
        label={t('guardrails.models')}
        name="models"
        rows={2}
        isOptional
        hint={t('guardrails.modelsHint')}
        defaultValue={guardrail?.models?.join('\n')}
        problem={problemOf(error, 'models')}
      />
      <TextField
        label={t('guardrails.order')}
        name="order"
        required
        inputMode="numeric"
        pattern="[0-9]{1,4}"
        hint={t('guardrails.orderHint')}
        defaultValue={guardrail?.order ?? 0}
        problem={problemOf(error, 'order')}
      />
      <CheckField name="enabled" label={t('guardrails.enabled')} defaultChecked={guardrail?.enabled ?? true} />
    </FormDialog>
  );
}

/**
 * What becomes of what is found, and where. What is too long cannot be masked, and answers are as long as they are; a
 * service says itself what becomes of a text.
 */
function TreatmentFields({ guardrail, kind }: Pick<FormProps, 'guardrail'> & { readonly kind: CheckKind }) {
  const { t } = useWords();
  const isLength = kind === 'length';
  const isService = kind === 'http';
  const masks = !isLength && !isService;
  const actions = ACTIONS.filter((each) => masks || each !== 'mask');
  const places = PLACES.filter((each) => !isLength || each === 'input');
  return (
    <>
      <SelectField
        label={t('guardrails.action')}
        name="action"
        defaultValue={actions.find((each) => each === guardrail?.action) ?? (masks ? 'mask' : 'block')}
      >
        {actions.map((each) => (
          <option key={each} value={each}>
            {t(isService && each !== 'mask' ? `guardrails.serviceActions.${each}` : `guardrails.actionTexts.${each}`)}
          </option>
        ))}
      </SelectField>
      <SelectField
        label={t('guardrails.where')}
        name="place"
        hint={isLength ? undefined : t(isService ? 'guardrails.placesHeld' : 'guardrails.placesHint')}
        defaultValue={places.find((each) => each === guardrail?.place) ?? 'input'}
      >
        {places.map((each) => (
          <option key={each} value={each}>
            {t(`guardrails.places.${each}`)}
          </option>
        ))}
      </SelectField>
    </>
  );
}

function ScopeFields({ guardrail, problem }: Pick<FormProps, 'guardrail'> & { readonly problem: string | undefined }) {
  const { t } = useWords();
  const known = useScopes();
  const [kind, setKind] = useState<(typeof SCOPES)[number]>(guardrail?.scope.kind ?? 'organization');
  return (
    <>
      <SelectField
        label={t('guardrails.whom')}
        name="scope"
        value={kind}
        onChange={({ target }) => setKind(SCOPES.find((each) => each === target.value) ?? 'organization')}
      >
        {SCOPES.map((each) => (
          <option key={each} value={each}>
            {t(`guardrails.scopes.${each}`)}
          </option>
        ))}
      </SelectField>
      {kind !== 'organization' && (
        <SelectField
          key={`${kind} ${known[kind].length}`}
          label={t('guardrails.which')}
          name="scope_id"
          required
          defaultValue={guardrail?.scope.kind === kind ? guardrail.scope.id : undefined}
          problem={problem}
        >
          {known[kind].map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </SelectField>
      )}
    </>
  );
}

function termsOf(fields: FormData, kind: CheckKind): Terms {
  const scope = SCOPES.find((each) => each === textOf(fields, 'scope')) ?? 'organization';
  const id = optionalTextOf(fields, 'scope_id');
  const models = linesOf(fields, 'models');
  return {
    name: textOf(fields, 'name'),
    check: checkOf(fields, kind),
    action: ACTIONS.find((each) => each === textOf(fields, 'action')) ?? 'flag',
    place: PLACES.find((each) => each === textOf(fields, 'place')) ?? 'input',
    scope: { kind: scope, ...(id === undefined ? {} : { id }) },
    ...(models.length === 0 ? {} : { models }),
    order: Number(textOf(fields, 'order')),
    enabled: fields.has('enabled'),
  };
}
