import { z } from 'zod';
import { idField } from '../fields.ts';
import { pageQuery } from '../paging.ts';

const SEARCH_CHARS_MAX = 100;
const REASON_CHARS_MAX = 500;

export const usersQuery = z.strictObject({
  ...pageQuery,
  state: z.enum(['awaiting_approval', 'active', 'suspended', 'closed', 'erased']).optional(),
  search: z.string().min(1).max(SEARCH_CHARS_MAX).optional().describe('Part of an address or a name.'),
});

export const userParams = z.strictObject({ user_id: idField });
export const userSessionParams = z.strictObject({ user_id: idField, session_id: idField });
export const suspendUserSchema = z
  .strictObject({
    reason: z.string().trim().min(1).max(REASON_CHARS_MAX).optional().describe('For other operators to read.'),
  })
  .meta({ examples: [{ reason: 'left the company' }] });
export const operatorSchema = z.strictObject({ is_operator: z.boolean() }).meta({ examples: [{ is_operator: true }] });
