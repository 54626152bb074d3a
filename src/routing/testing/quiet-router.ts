import { type Clock, systemClock } from '../../kernel/clock.ts';
import { Router } from '../router.ts';

/** A router that nobody hears of, whose connections are never at their limits. */
export function quietRouter(clock: Clock = systemClock): Router {
  return new Router({ clock, coolForMs: () => 0, onChange: () => undefined });
}
