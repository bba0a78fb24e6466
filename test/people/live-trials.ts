import assert from 'node:assert/strict';
import { MINUTE, MovableClock } from '../support/clock.ts';
import { OpenIdProvider } from '../support/openid-provider.ts';
import { PeopleRooms, type SignedIn } from './people-rooms.ts';

/** Minutes after which the provider is asked again, at the latest. */
const BOUND = 20;

/** What was found in so many trials. */
export interface Found {
  readonly trials: number;
  /** How many still had something after the bound. */
  readonly late: number;
  /** How many lost it before the provider had changed anything. */
  readonly early: number;
}

interface Trial {
  /** What the provider changes. */
  change(provider: OpenIdProvider, name: string): Promise<void>;
  /** Whether the person still has what the change takes away. */
  has(rooms: PeopleRooms, person: SignedIn): Promise<boolean>;
}

/**
 * So many people; of each the provider changes something at another moment after the sign-in. The bound after it, each is asked
 * for by a request, in an order of its own.
 */
export const countTrials = async (trials: number, { change, has }: Trial): Promise<Found> => {
  const clock = new MovableClock();
  await using provider = await OpenIdProvider.start({ clock });
  await using rooms = await PeopleRooms.open({ provider, clock, people: { recheck_minutes: BOUND } });
  const group = await rooms.newGroup('writers', 'birds');
  const conditions = [{ claim: 'groups', operator: 'CONTAINS', value: '"writers"' }];
  await rooms.newRule(group, { expiration: 24, realm_name: provider.issuer, conditions });
  let [late, early] = [0, 0];
  for (let trial = 0; trial < trials; trial++) {
    const name = `person-${trial}`;
    await provider.setUser(name, { groups: ['writers'] });
    const person = await rooms.signIn(name);
    clock.advance(((trial * 7) % (2 * BOUND)) * MINUTE);
    if (!(await has(rooms, person))) early++;
    await change(provider, name);
    // every other time the job has a turn meanwhile
    if (trial % 2 === 0) {
      clock.advance((BOUND / 2) * MINUTE);
      await rooms.runJob('check-federated-identities');
      clock.advance((BOUND / 2) * MINUTE);
    } else clock.advance(BOUND * MINUTE);
    if (await has(rooms, person)) late++;
  }
  return { trials, late, early };
};

export const REMOVED: Trial = {
  change: (provider, name) => provider.setUser(name, undefined),
  has: async (rooms, person) => (await rooms.fault(person)) === undefined || (await rooms.mayPull(person)),
};

export const OTHER_GROUP: Trial = {
  change: (provider, name) => provider.setUser(name, { groups: ['readers'] }),
  has: (rooms, person) => rooms.mayPull(person),
};

export const refuseLate = (found: Found, trials: number): void => {
  assert.deepEqual(found, { trials, late: 0, early: 0 });
};
