import { describe, expect, it } from 'vitest';
import { permissionsOfOperator, permissionsOfRole } from '../identity/roles.ts';
import type { JsonObject } from '../kernel/json.ts';
import { ROLES, type Role } from '../protocol/people.ts';
import { kindOf, kindsFor, modelsData, NOTIFICATION_KIND_NAMES, type NotificationKindName } from './catalogue.ts';

const PLACE = { connection_id: 'conn_1', connection_name: 'openai' };
const CREDENTIAL = { ...PLACE, credential_id: 'cred_1', credential_name: 'main' };
const many = Array.from({ length: 30 }, (_, index) => `model-${index}`);
const DATA: Readonly<Record<NotificationKindName, JsonObject>> = {
  'credential.failing': { ...CREDENTIAL, reason: '401: no' },
  'credential.working': CREDENTIAL,
  'models.new': modelsData({ id: 'conn_1', name: 'openai' }, many),
  'models.withdrawn': modelsData({ id: 'conn_1', name: 'openai' }, ['gone']),
  'credit.low': { left: '0.5', low: '1', purchase_url: 'https://example.com/buy' },
  'credit.out': { left: '0', low: '1', purchase_url: 'https://example.com/buy' },
  'credit.restored': { left: '10', low: '1' },
  'credit.top_up_stopped': { cause: 'declined', amount: '20.00', currency: 'USD' },
  'limit.reached': {
    limit_id: 'lim_1',
    limit_name: 'Budget of the month',
    percent: 80,
    used: '80.5',
    amount: '100',
    measure: 'money',
    mode: 'hard',
    resets_at: '2026-12-01T00:00:00.000Z',
  },
  'webhook.disabled': { webhook_id: 'wh_1', url: 'https://a.example' },
};

describe.each(NOTIFICATION_KIND_NAMES)('%s', (name) => {
  it('says in both languages what it is about, and takes no data of another kind', () => {
    const words = kindOf(name)?.words(DATA[name]);
    const abouts: Partial<Record<NotificationKindName, string>> = {
      'webhook.disabled': 'https://a.example',
      'credit.low': 'https://example.com/buy',
      'credit.out': 'https://example.com/buy',
      'credit.restored': '10',
      'credit.top_up_stopped': '20.00 USD',
      'limit.reached': '80.5',
    };
    const about = abouts[name] ?? 'openai';
    for (const { subject, lines } of [words?.en, words?.['zh-TW']].map((each) => each ?? { subject: '', lines: [] })) {
      expect(subject).not.toBe('');
      expect(lines.join()).toContain(about);
    }
    expect(words?.en.subject).not.toBe(words?.['zh-TW'].subject);
    expect(() => kindOf(name)?.words({ something: 'else' })).toThrow();
  });
});

describe('the catalogue', () => {
  it('names the first models of many, and says that there are more', () => {
    const line = kindOf('models.new')?.words(DATA['models.new']).en.lines[0];
    expect(line).toContain('model-19 and more');
    expect(line).not.toContain('model-20');
  });

  it('tells owners and admins, and of credit and limits who pays; who runs the hub may see that of others', () => {
    const told = (role: Role) => kindsFor(new Set<string>(permissionsOfRole(role)));
    expect(ROLES.filter((role) => told(role).length > 0).toSorted()).toEqual(['admin', 'billing', 'owner']);
    expect(told('billing')).toEqual([
      'credit.low',
      'credit.out',
      'credit.restored',
      'credit.top_up_stopped',
      'limit.reached',
    ]);
    expect(kindsFor(new Set<string>(permissionsOfOperator()))).toEqual(told('billing'));
  });

  it('knows no kind of a newer hub', () => {
    expect(kindOf('toString')).toBeUndefined();
    expect(kindOf('later.kind')).toBeUndefined();
  });
});
