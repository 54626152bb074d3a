import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GatewayError } from '../kernel/errors.ts';
import { CallGate } from './call-gate.ts';

/** A gate, and what became of whoever came to it. */
class Door {
  readonly gate: CallGate;
  readonly log: string[] = [];
  late: () => void = () => undefined;

  constructor(runningMax: number, waitingMax: number) {
    this.gate = new CallGate({ runningMax, waitingMax }, (_ms, run) => {
      this.late = run;
      return () => undefined;
    });
  }

  come(organizationId: string, name = organizationId) {
    try {
      const entering = this.gate.enter(organizationId);
      if (entering === undefined) this.log.push(`${name} in`);
      entering?.entered.then(
        () => this.log.push(`${name} in`),
        (error: GatewayError) => this.log.push(`${name} ${error.code}`),
      );
      return entering;
    } catch {
      this.log.push(`${name} away`);
      return undefined;
    }
  }

  /** What has happened since the last look. */
  async seen(): Promise<string> {
    await Promise.resolve();
    await Promise.resolve();
    return this.log.splice(0).join(', ');
  }
}

describe('the requests that a process has in hand', () => {
  it('are so many; others wait their turn, and those beyond are sent away at once', async () => {
    const door = new Door(2, 1);
    for (const name of ['1', '2', '3', '4']) door.come('a', name);
    expect(await door.seen()).toBe('1 in, 2 in, 4 away');
    door.gate.leave('a');
    expect(await door.seen()).toBe('3 in');
    door.gate.leave('a');
    door.gate.leave('a');
    expect(door.gate.running).toBe(0);
  });

  it('come from each organization in turn', async () => {
    const door = new Door(1, 10);
    for (const name of ['a1', 'a2', 'a3', 'b1', 'c1', 'b2']) door.come(name[0] ?? '', name);
    expect(await door.seen()).toBe('a1 in');
    for (const organizationId of ['a', 'a', 'b', 'c', 'a']) door.gate.leave(organizationId);
    expect(await door.seen()).toBe('a2 in, b1 in, c1 in, a3 in, b2 in');
  });

  it('keep nobody out whose neighbour fills the queue: the last of that one gives up its place', async () => {
    const door = new Door(1, 3);
    for (const name of ['a1', 'a2', 'a3', 'a4', 'b1', 'a5']) door.come(name[0] ?? '', name);
    expect(await door.seen()).toBe('a1 in, a5 away, a4 hub.overloaded');
    door.gate.leave('a');
    door.gate.leave('a');
    expect(await door.seen()).toBe('a2 in, b1 in');
  });

  it('are not those who have left, nor those who waited too long', async () => {
    const door = new Door(1, 3);
    door.come('a', '1');
    const second = door.come('a', '2');
    door.come('a', '3');
    second?.giveUp(new GatewayError('client.closed'));
    door.late();
    expect(await door.seen()).toBe('1 in, 2 client.closed, 3 hub.overloaded');
    door.gate.leave('a');
    expect([door.gate.running, door.gate.waiting]).toEqual([0, 0]);
  });

  it('leave a place for who asks for little, as soon as others have all, and for a while', async () => {
    const door = new Door(20, 100);
    for (let place = 0; place < 30; place += 1) door.come('flood');
    expect([door.gate.running, door.gate.waiting]).toEqual([20, 10]);
    door.come('little', 'first');
    await door.seen();
    // The first of that one waits its turn; those after it find a place.
    for (let place = 0; place < 3; place += 1) door.gate.leave('flood');
    expect(await door.seen()).toBe('first in');
    expect([door.gate.running, door.gate.waiting]).toEqual([18, 10]);
    door.come('little', 'second');
    expect(await door.seen()).toBe('second in');
    door.gate.leave('little');
    door.gate.leave('little');
    // Nobody but the one who floods has come since.
    for (let place = 0; place < 400; place += 1) {
      door.gate.leave('flood');
      door.come('flood');
    }
    expect(door.gate.running).toBe(20);
  });

  it('are never more than they may be, and nobody waits while there is a place', async () => {
    const steps = fc.array(fc.record({ comes: fc.boolean(), organization: fc.constantFrom('a', 'b', 'c') }));
    await fc.assert(
      fc.asyncProperty(steps, fc.integer({ min: 1, max: 30 }), fc.nat(4), async (each, runningMax, waitingMax) => {
        const gate = new CallGate({ runningMax, waitingMax }, () => () => undefined);
        const inside: string[] = [];
        for (const { comes, organization } of each) {
          await Promise.resolve();
          if (!comes) {
            const leaving = inside.shift();
            if (leaving !== undefined) gate.leave(leaving);
            continue;
          }
          try {
            const entering = gate.enter(organization);
            if (entering === undefined) inside.push(organization);
            else entering.entered.then(() => inside.push(organization)).catch(() => undefined);
          } catch (thrown) {
            if (!(thrown instanceof GatewayError)) throw thrown;
          }
          if (gate.running > runningMax || gate.waiting > waitingMax) return false;
          // But for those that are kept for others.
          if (gate.waiting > 0 && gate.running < runningMax - Math.floor(runningMax / 10)) return false;
        }
        return true;
      }),
    );
  });
});
