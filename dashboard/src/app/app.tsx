import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { createQueryClient } from '../api/hooks.ts';
import { createAppRouter } from './router.tsx';
import { SessionGate } from './session.tsx';
import { Toasts } from './toasts.tsx';

const client = createQueryClient();
const router = createAppRouter(client);

export function App() {
  return (
    <QueryClientProvider client={client}>
      <Toasts>
        <SessionGate>
          <RouterProvider router={router} />
        </SessionGate>
      </Toasts>
    </QueryClientProvider>
  );
}
