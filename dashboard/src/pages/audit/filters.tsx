import { type FormEvent, useId } from 'react';
import { ROUTES } from '../../api/types.ts';
import { useAddress } from '../../app/address.ts';
import { Button } from '../../ui/button.tsx';
import { SelectField, TextField } from '../../ui/field.tsx';
import { textOf } from '../../ui/form-fields.ts';
import { Card } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';

const NAMES = ['actor', 'action', 'target', 'from', 'to'] as const;
/** What only reads leaves no entry. */
const ACTIONS = Object.entries(ROUTES)
  .filter(([, [method]]) => method !== 'GET')
  .map(([id]) => id)
  .toSorted();

/** Narrows the list down; the address keeps what was chosen. */
export function Filters({ actors }: { readonly actors: ReadonlyMap<string, string> }) {
  const { t } = useWords();
  const { said, say } = useAddress();
  const actionsId = useId();
  const actor = said['actor'];
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    say({ ...Object.fromEntries(NAMES.map((name) => [name, textOf(fields, name) || undefined])), act: undefined });
  };
  const isFiltered = NAMES.some((name) => said[name] !== undefined);
  return (
    <Card className="mb-4">
      <form onSubmit={submit} className="grid grid-cols-2 items-end gap-3 lg:grid-cols-5">
        <SelectField
          // Who is to choose from is known a moment later than the address.
          key={actors.size}
          label={t('audit.actor')}
          name="actor"
          defaultValue={actor ?? ''}
        >
          <option value="">{t('app.all')}</option>
          {actor !== undefined && !actors.has(actor) && <option value={actor}>{actor}</option>}
          {[...actors].map(([id, name]) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </SelectField>
        <TextField
          label={t('audit.action')}
          name="action"
          list={actionsId}
          maxLength={100}
          defaultValue={said['action'] ?? ''}
          placeholder="createKey"
        />
        <datalist id={actionsId}>
          {ACTIONS.map((id) => (
            <option key={id} value={id} />
          ))}
        </datalist>
        <TextField label={t('audit.from')} name="from" type="date" defaultValue={said['from'] ?? ''} />
        <TextField label={t('audit.to')} name="to" type="date" defaultValue={said['to'] ?? ''} />
        <div className="col-span-2 lg:col-span-1">
          <TextField label={t('audit.targetId')} name="target" maxLength={128} defaultValue={said['target'] ?? ''} />
        </div>
        <div className="col-span-2 flex gap-2 lg:col-span-5">
          <Button type="submit" icon="filter">
            {t('audit.filter')}
          </Button>
          {isFiltered && (
            <Button
              look="quiet"
              onClick={() => say({ ...Object.fromEntries(NAMES.map((name) => [name, undefined])), act: undefined })}
            >
              {t('audit.clear')}
            </Button>
          )}
        </div>
      </form>
    </Card>
  );
}
