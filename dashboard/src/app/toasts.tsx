import { createContext, type ReactNode, useCallback, useContext, useMemo, useState } from 'react';
import { Notice, type Tone } from '../ui/parts.tsx';

type Toast = { readonly id: number; readonly tone: Tone; readonly text: string };

const SHOWN_MS = 5000;
const ToastContext = createContext<((text: string, tone?: Tone) => void) | undefined>(undefined);
let lastId = 0;

/** Short notices at the edge of the page, which go by themselves. */
export function Toasts({ children }: { readonly children: ReactNode }) {
  const [toasts, setToasts] = useState<readonly Toast[]>([]);
  const show = useCallback((text: string, tone: Tone = 'good') => {
    const id = ++lastId;
    setToasts((before) => [...before, { id, tone, text }]);
    setTimeout(() => setToasts((before) => before.filter((toast) => toast.id !== id)), SHOWN_MS);
  }, []);
  return (
    <ToastContext value={useMemo(() => show, [show])}>
      {children}
      <div className="fixed right-4 bottom-4 z-50 flex w-[min(22rem,calc(100vw-2rem))] flex-col gap-2">
        {toasts.map(({ id, tone, text }) => (
          <div key={id} className="shadow-lg">
            <Notice tone={tone}>{text}</Notice>
          </div>
        ))}
      </div>
    </ToastContext>
  );
}

/** Shows a short notice. */
export function useToast(): (text: string, tone?: Tone) => void {
  const show = useContext(ToastContext);
  if (show === undefined) throw new Error('there is no place for notices here');
  return show;
}
