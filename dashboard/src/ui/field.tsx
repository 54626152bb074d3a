import clsx from 'clsx';
import { type ComponentPropsWithRef, type ReactNode, useId } from 'react';
import { useWords } from '../words/index.ts';

const INPUT =
  'w-full rounded-lg border border-edge bg-raised px-3 text-sm text-ink placeholder:text-dim disabled:opacity-60 aria-invalid:border-bad';

const SMALL = 'h-9 rounded-lg border border-edge bg-raised px-2.5 text-sm';

type Around = {
  readonly label: ReactNode;
  readonly hint?: ReactNode;
  readonly problem?: string | undefined;
  readonly isOptional?: boolean;
};

type Ids = { readonly id: string; readonly 'aria-describedby'?: string; readonly 'aria-invalid'?: true };

/** A label, what is entered, a hint, and what is wrong with it. */
function Around({
  label,
  hint,
  problem,
  isOptional = false,
  children,
}: Around & { readonly children: (ids: Ids) => ReactNode }) {
  const { t } = useWords();
  const id = useId();
  const noteId = `${id}-note`;
  const hasNote = hint !== undefined || problem !== undefined;
  return (
    <div className="flex flex-col gap-1.5">
      <label htmlFor={id} className="text-sm font-medium">
        {label}
        {isOptional && <span className="ml-1.5 font-normal text-dim">({t('app.optional')})</span>}
      </label>
      {children({
        id,
        ...(hasNote ? { 'aria-describedby': noteId } : {}),
        ...(problem === undefined ? {} : { 'aria-invalid': true }),
      })}
      {hasNote && (
        <p id={noteId} className={clsx('text-[13px]', problem === undefined ? 'text-dim' : 'text-bad')}>
          {problem ?? hint}
        </p>
      )}
    </div>
  );
}

export function TextField({
  label,
  hint,
  problem,
  isOptional,
  ...rest
}: Around & Omit<ComponentPropsWithRef<'input'>, 'className' | 'id'>) {
  return (
    <Around label={label} hint={hint} problem={problem} isOptional={isOptional ?? false}>
      {(ids) => (
        <input type="text" autoComplete="off" spellCheck={false} {...rest} {...ids} className={clsx(INPUT, 'h-9')} />
      )}
    </Around>
  );
}

export function AreaField({
  label,
  hint,
  problem,
  isOptional,
  ...rest
}: Around & Omit<ComponentPropsWithRef<'textarea'>, 'className' | 'id'>) {
  return (
    <Around label={label} hint={hint} problem={problem} isOptional={isOptional ?? false}>
      {(ids) => (
        <textarea
          rows={3}
          spellCheck={false}
          {...rest}
          {...ids}
          className={clsx(INPUT, 'min-h-20 py-2 font-mono text-[13px]')}
        />
      )}
    </Around>
  );
}

export function SelectField({
  label,
  hint,
  problem,
  isOptional,
  children,
  ...rest
}: Around & Omit<ComponentPropsWithRef<'select'>, 'className' | 'id'>) {
  return (
    <Around label={label} hint={hint} problem={problem} isOptional={isOptional ?? false}>
      {(ids) => (
        <select {...rest} {...ids} className={clsx(INPUT, 'h-9')}>
          {children}
        </select>
      )}
    </Around>
  );
}

/** A select in a row of filters, where its label is read and not shown. */
export function SmallSelect({
  label,
  isWide = false,
  children,
  ...rest
}: { readonly label: string; readonly isWide?: boolean } & Omit<ComponentPropsWithRef<'select'>, 'className'>) {
  return (
    <select aria-label={label} {...rest} className={clsx(SMALL, isWide ? 'max-w-full' : 'max-w-56')}>
      {children}
    </select>
  );
}

/** A select in a row, with its label before it where the choice alone does not say what it is about. */
export function NamedSelect({
  label,
  children,
  ...rest
}: { readonly label: string } & Omit<ComponentPropsWithRef<'select'>, 'className'>) {
  return (
    <label className="flex items-center gap-2 text-[13px] text-dim">
      {label}
      <select {...rest} className={clsx(SMALL, 'max-w-56 text-ink')}>
        {children}
      </select>
    </label>
  );
}

export function Switch({
  label,
  isOn,
  onChange,
  disabled,
}: {
  readonly label: string;
  readonly isOn: boolean;
  readonly onChange: (isOn: boolean) => void;
  readonly disabled?: boolean;
}) {
  return (
    <button
      type="button"
      role="switch"
      aria-checked={isOn}
      aria-label={label}
      disabled={disabled}
      onClick={() => onChange(!isOn)}
      className={clsx(
        'relative h-6 w-10 rounded-full border disabled:opacity-60',
        isOn ? 'border-accent bg-accent' : 'border-edge bg-ground',
      )}
    >
      <span
        className={clsx('absolute top-0.5 size-4.5 rounded-full', isOn ? 'right-0.5 bg-on-accent' : 'left-0.5 bg-edge')}
      />
    </button>
  );
}
