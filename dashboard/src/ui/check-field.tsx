import { type ComponentPropsWithRef, type ReactNode, useId } from 'react';

type CheckFieldProps = { readonly label: ReactNode; readonly hint?: ReactNode } & Omit<
  ComponentPropsWithRef<'input'>,
  'type' | 'className' | 'id'
>;

/** A box to tick, with what it means. */
export function CheckField({ label, hint, ...rest }: CheckFieldProps) {
  const id = useId();
  return (
    <div className="flex items-start gap-2.5">
      <input
        type="checkbox"
        id={id}
        {...(hint === undefined ? {} : { 'aria-describedby': `${id}-note` })}
        {...rest}
        className="mt-0.5 size-4 shrink-0 accent-accent"
      />
      <div className="min-w-0">
        <label htmlFor={id}>{label}</label>
        {hint !== undefined && (
          <p id={`${id}-note`} className="text-[13px] text-dim">
            {hint}
          </p>
        )}
      </div>
    </div>
  );
}
