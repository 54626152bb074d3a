import clsx from 'clsx';
import type { ButtonHTMLAttributes, ReactNode } from 'react';
import { Icon, type IconName } from './icon.tsx';

const LOOKS = {
  primary: 'bg-accent text-on-accent border-accent hover:opacity-90',
  plain: 'bg-raised text-ink border-line hover:border-edge',
  quiet: 'bg-transparent text-dim border-transparent hover:bg-ground hover:text-ink',
  danger: 'bg-raised text-bad border-line hover:border-bad',
} as const;

type ButtonProps = Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'className'> & {
  readonly look?: keyof typeof LOOKS;
  readonly icon?: IconName;
  /** While it is at work it cannot be pressed again. */
  readonly isBusy?: boolean;
  readonly children?: ReactNode;
  /** What it is called where it shows a drawing alone. */
  readonly label?: string;
  readonly className?: string;
};

export function Button({ look = 'plain', icon, isBusy = false, label, children, className, ...rest }: ButtonProps) {
  const isSquare = children === undefined;
  return (
    <button
      type="button"
      aria-label={label}
      title={isSquare ? label : undefined}
      {...rest}
      disabled={rest.disabled === true || isBusy}
      aria-busy={isBusy || undefined}
      className={clsx(
        'inline-flex h-9 items-center justify-center gap-2 rounded-lg border text-sm font-medium whitespace-nowrap',
        'disabled:cursor-default disabled:opacity-60',
        isSquare ? 'w-9' : 'px-3.5',
        LOOKS[look],
        className,
      )}
    >
      {isBusy ? <Spinner /> : icon !== undefined && <Icon name={icon} />}
      {children}
    </button>
  );
}

export function Spinner() {
  return (
    <span
      className="size-4 animate-spin rounded-full border-2 border-current border-r-transparent opacity-70"
      aria-hidden="true"
    />
  );
}
