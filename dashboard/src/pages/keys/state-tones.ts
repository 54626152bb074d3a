import type { VirtualKey } from '../../api/types.ts';
import type { Tone } from '../../ui/parts.tsx';

export const STATE_TONES = {
  active: 'good',
  disabled: 'calm',
  expired: 'warn',
  revoked: 'bad',
} as const satisfies Record<VirtualKey['state'], Tone>;
