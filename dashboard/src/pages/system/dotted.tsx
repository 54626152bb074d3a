import { Fragment } from 'react';

/** A name in code that may break after its dots, and nowhere else. */
export function Dotted({ name }: { readonly name: string }) {
  return (
    <code className="font-mono text-[13px]">
      {name.split('.').map((part, index) => (
        <Fragment key={part}>
          {index > 0 && (
            <>
              .<wbr />
            </>
          )}
          {part}
        </Fragment>
      ))}
    </code>
  );
}
