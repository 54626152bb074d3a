import { useState } from 'react';
import type { CallError } from '../../api/call.ts';
import { useChange } from '../../api/hooks.ts';
import type { Route } from '../../api/types.ts';
import { AreaField, SelectField, TextField } from '../../ui/field.tsx';
import { FormDialog } from '../../ui/form-dialog.tsx';
import { optionalTextOf, problemOf, textOf } from '../../ui/form-fields.ts';
import { Notice } from '../../ui/parts.tsx';
import { Section } from '../../ui/section.tsx';
import { useWords } from '../../words/index.ts';
import { draftOf, type RuleDraft, RuleFields, ruleOf } from './rule-fields.tsx';
import { readTiers, writeTiers } from './targets.ts';

export const STRATEGIES = ['priority', 'weighted', 'least_in_flight', 'fastest', 'cheapest'] as const;
const AFFINITIES = ['none', 'conversation', 'end_user', 'key'] as const;
const MS = '[1-9][0-9]{0,7}';

type RouteFormProps = {
  /** The one to change; `undefined` for a new one. */
  readonly route: Route | undefined;
  readonly onClose: () => void;
};

/** Makes a route, or puts another definition in its place. */
export function RouteForm({ route, onClose }: RouteFormProps) {
  const { t } = useWords();
  const make = useChange('createRoute', ['listRoutes']);
  const put = useChange('putRoute', ['listRoutes']);
  const { error, isPending } = route === undefined ? make : put;
  const [drafts, setDrafts] = useState<readonly RuleDraft[]>(() => (route?.rules ?? []).map(draftOf));
  const [isBare, setIsBare] = useState(false);
  const submit = (fields: FormData): void => {
    const tiers = readTiers(textOf(fields, 'targets'), route?.tiers ?? []);
    setIsBare(tiers.length === 0);
    if (tiers.length === 0) return;
    const body = { ...plainFieldsOf(fields, route), tiers, rules: drafts.map(ruleOf) };
    const done = { onSuccess: onClose };
    if (route === undefined) make.mutate({ body }, done);
    else put.mutate({ params: { route_id: route.id }, body, revision: route.revision }, done);
  };
  return (
    <FormDialog
      title={route === undefined ? t('routes.add') : `${t('app.edit')}: ${route.name}`}
      action={t('app.save')}
      error={error}
      isBusy={isPending}
      onSubmit={submit}
      onClose={onClose}
      isPanel
    >
      <TextField
        label={t('routes.name')}
        name="name"
        hint={t('routes.nameHint')}
        required
        maxLength={256}
        autoFocus
        defaultValue={route?.name}
        problem={problemOf(error, 'name')}
      />
      <AreaField
        label={t('routes.targets')}
        name="targets"
        rows={5}
        hint={t('routes.targetsHint')}
        required
        placeholder={'openai/gpt-4.1 3\nazure/gpt-4.1\n\nopenrouter/openai/gpt-4.1'}
        defaultValue={route === undefined ? undefined : writeTiers(route.tiers)}
        problem={problemOf(error, 'tiers')}
      />
      {isBare && <Notice tone="bad">{t('routes.targetsNone')}</Notice>}
      <OrderFields route={route} />
      <Section title={t('routes.rules')}>
        <RuleFields drafts={drafts} error={error} onChange={setDrafts} />
      </Section>
      <FallbackFields route={route} error={error} />
    </FormDialog>
  );
}

function OrderFields({ route }: { readonly route: Route | undefined }) {
  const { t } = useWords();
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <SelectField label={t('routes.strategy')} name="strategy" defaultValue={route?.strategy ?? 'priority'}>
        {STRATEGIES.map((each) => (
          <option key={each} value={each}>
            {t(`routes.strategies.${each}`)}
          </option>
        ))}
      </SelectField>
      <SelectField
        label={t('routes.affinity')}
        name="affinity"
        hint={t('routes.affinityHint')}
        defaultValue={route?.affinity ?? 'none'}
      >
        {AFFINITIES.map((each) => (
          <option key={each} value={each}>
            {t(`routes.affinities.${each}`)}
          </option>
        ))}
      </SelectField>
    </div>
  );
}

function FallbackFields({ route, error }: Pick<RouteFormProps, 'route'> & { readonly error: CallError | null }) {
  const { t } = useWords();
  return (
    <>
      <Section title={t('routes.fallbacks')}>
        <TextField
          label={t('routes.contextTooLong')}
          name="context_too_long"
          isOptional
          maxLength={256}
          defaultValue={route?.fallbacks.context_too_long}
          problem={problemOf(error, 'fallbacks.context_too_long')}
        />
        <TextField
          label={t('routes.contentFilter')}
          name="content_filter"
          isOptional
          maxLength={256}
          defaultValue={route?.fallbacks.content_filter}
          problem={problemOf(error, 'fallbacks.content_filter')}
        />
      </Section>
      <Section title={t('routes.timeouts')}>
        <TextField
          label={t('routes.firstByte')}
          name="first_byte_ms"
          isOptional
          inputMode="numeric"
          pattern={MS}
          defaultValue={route?.timeouts.first_byte_ms}
          problem={problemOf(error, 'timeouts.first_byte_ms')}
        />
        <TextField
          label={t('routes.total')}
          name="total_ms"
          isOptional
          inputMode="numeric"
          pattern={MS}
          defaultValue={route?.timeouts.total_ms}
          problem={problemOf(error, 'timeouts.total_ms')}
        />
      </Section>
    </>
  );
}

function plainFieldsOf(fields: FormData, route: Route | undefined) {
  const optionalMs = (name: string): number | undefined => {
    const text = textOf(fields, name);
    return text === '' ? undefined : Number(text);
  };
  const fallbacks = {
    context_too_long: optionalTextOf(fields, 'context_too_long'),
    content_filter: optionalTextOf(fields, 'content_filter'),
  };
  const timeouts = { ...route?.timeouts, first_byte_ms: optionalMs('first_byte_ms'), total_ms: optionalMs('total_ms') };
  return {
    name: textOf(fields, 'name'),
    strategy: STRATEGIES.find((each) => each === fields.get('strategy')) ?? 'priority',
    affinity: AFFINITIES.find((each) => each === fields.get('affinity')) ?? 'none',
    fallbacks: said(fallbacks),
    timeouts: said(timeouts),
  };
}

/** Without what is left out, which would be sent as nothing. */
function said<Value>(fields: Readonly<Record<string, Value | undefined>>): Record<string, Value> {
  const given = Object.entries(fields).filter((entry): entry is [string, Value] => entry[1] !== undefined);
  return Object.fromEntries(given);
}
