import { type FormEvent, useState } from 'react';
import type { CallError } from '../../api/call.ts';
import { Button } from '../../ui/button.tsx';
import { TextField } from '../../ui/field.tsx';
import { problemOf } from '../../ui/form-fields.ts';
import { Problem } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';

type RenameProps = {
  readonly name: string;
  readonly isBusy: boolean;
  readonly error: CallError | null;
  readonly onRename: (name: string) => void;
};

/** A name with the way to another one. */
export function Rename({ name, isBusy, error, onRename }: RenameProps) {
  const { t } = useWords();
  const [typed, setTyped] = useState(name);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    onRename(typed.trim());
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-2">
      <div className="flex items-end gap-2">
        <div className="min-w-0 flex-1">
          <TextField
            label={t('app.name')}
            value={typed}
            required
            maxLength={100}
            problem={problemOf(error, 'name')}
            onChange={(event) => setTyped(event.target.value)}
          />
        </div>
        <Button type="submit" isBusy={isBusy} disabled={typed.trim() === name || typed.trim() === ''}>
          {t('organization.rename')}
        </Button>
      </div>
      {error !== null && error.param === undefined && <Problem error={error} />}
    </form>
  );
}
