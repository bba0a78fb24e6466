import assert from 'node:assert/strict';
import test, { after, before, describe } from 'node:test';
import { Caller } from '../access/caller.ts';
import { type Holder, Identities } from '../access/identities.ts';
import { TestRegistry } from '../support/registry.ts';

/** More than the refusals that are kept between two writes. */
const FLOOD = 1100;

describe('refusals that can be explained', () => {
  let registry: TestRegistry;
  let identities: Identities;
  before(async () => {
    registry = await TestRegistry.start();
    identities = new Identities(registry);
  });
  after(() => registry[Symbol.asyncDispose]());

  /** The request id of a refused pull. */
  const refused = async (bearer: string, repository: string): Promise<string> => {
    const response = await registry.fetch(`/v2/absent/${repository}/manifests/1`, {
      headers: { Authorization: `Bearer ${bearer}` },
    });
    assert.equal(response.status, 401);
    const { errors } = (await response.json()) as { errors: [{ detail: { 'request-id': string } }] };
    return errors[0].detail['request-id'];
  };

  const bearerOf = ({ apikey }: Holder): Promise<string> =>
    registry.bearer('repository:absent/none:pull', 'iamapikey', apikey);

  /** Refusals of different repositories, 20 at a time. */
  const flood = async (bearer: string): Promise<void> => {
    const lane = async (_: unknown, lane: number): Promise<void> => {
      for (let count = lane; count < FLOOD; count += 20) await refused(bearer, `flood-${count}`);
    };
    await Promise.all(Array.from({ length: 20 }, lane));
  };

  test('a flood of refusals in one account pushes no refusal of another account out', async () => {
    const attacker = await bearerOf(await identities.stranger());
    const victim = await identities.stranger();
    const bearer = await bearerOf(victim);
    const caller = await Caller.login(registry, victim.apikey);
    await flood(attacker);
    const id = await refused(bearer, 'bluebird');
    const { status, body } = await caller.get(`/v1/explain/${id}`);
    assert.equal(status, 200, JSON.stringify(body));
    assert.equal(body.refused.times, 1);
  });
});
