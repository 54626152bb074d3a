import { describe } from 'vitest';
import { postgresAvailable } from '../support/postgres.ts';
import { followGuide } from './follow-guide.ts';

describe.skipIf(!postgresAvailable().available)('on PostgreSQL', () => {
  followGuide('enterprise-self-hosting', { database: 'postgres://hub:secret@db.example.com/hub' });
});
