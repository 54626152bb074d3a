import { type FormEvent, useState } from 'react';
import { useChange } from '../../api/hooks.ts';
import { Button } from '../../ui/button.tsx';
import { Code } from '../../ui/code.tsx';
import { TextField } from '../../ui/field.tsx';
import { Problem } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';

type MakeKeyProps = {
  readonly secret: string | undefined;
  readonly onMade: (secret: string) => void;
};

/** Makes a key without a limit; its secret is shown once. */
export function MakeKey({ secret, onMade }: MakeKeyProps) {
  const { t } = useWords();
  const make = useChange('createKey', ['listKeys']);
  const [name, setName] = useState(t('start.keyNameDefault'));
  if (secret !== undefined) {
    return (
      <div className="flex flex-col gap-2">
        <p className="text-[13px] text-dim">{t('start.secretOnce')}</p>
        <Code text={secret} />
      </div>
    );
  }
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    make.mutate({ body: { name } }, { onSuccess: (made) => onMade(made.secret) });
  };
  return (
    <form onSubmit={submit} className="flex max-w-xl flex-col gap-3">
      <TextField
        label={t('start.keyName')}
        value={name}
        required
        maxLength={100}
        onChange={(event) => setName(event.target.value)}
      />
      <div>
        <Button type="submit" look="primary" isBusy={make.isPending}>
          {t('start.makeKey')}
        </Button>
      </div>
      <Problem error={make.error} />
    </form>
  );
}
