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
    door.gate.leave();
    expect(await door.seen()).toBe('3 in');
    door.gate.leave();
    door.gate.leave();
    expect(door.gate.running).toBe(0);
  });

  it('come from each organization in turn', async () => {
    const door = new Door(1, 10);
    for (const name of ['a1', 'a2', 'a3', 'b1', 'c1', 'b2']) door.come(name[0] ?? '', name);
    expect(await door.seen()).toBe('a1 in');
    for (let left = 0; left < 5; left += 1) door.gate.leave();
    expect(await door.seen()).toBe('a2 in, b1 in, c1 in, a3 in, b2 in');
  });

  it('keep nobody out whose neighbour fills the queue: the last of that one gives up its place', async () => {
    const door = new Door(1, 3);
    for (const name of ['a1', 'a2', 'a3', 'a4', 'b1', 'a5']) door.come(name[0] ?? '', name);
    expect(await door.seen()).toBe('a1 in, a5 away, a4 hub.overloaded');
    door.gate.leave();
    door.gate.leave();
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
    door.gate.leave();
    expect([door.gate.running, door.gate.waiting]).toEqual([0, 0]);
  });

  it('are never more than they may be, and nobody waits while there is a place', () => {
    const steps = fc.array(fc.record({ comes: fc.boolean(), organization: fc.constantFrom('a', 'b', 'c') }));
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 4 }), fc.nat(4), (each, runningMax, waitingMax) => {
        const gate = new CallGate({ runningMax, waitingMax }, () => () => undefined);
        for (const { comes, organization } of each) {
          if (!comes) {
            if (gate.running > 0) gate.leave();
            continue;
          }
          try {
            gate.enter(organization)?.entered.catch(() => undefined);
          } catch (thrown) {
            if (!(thrown instanceof GatewayError)) throw thrown;
          }
          if (gate.running > runningMax || gate.waiting > waitingMax) return false;
          if (gate.waiting > 0 && gate.running < runningMax) return false;
        }
        return true;
      }),
    );
  });
});
