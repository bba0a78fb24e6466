import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Webhook as Verifier } from 'standardwebhooks';
import { until } from '../support/until.ts';
import { Hooked } from './hooked.ts';
import type { Taken } from './receiver.ts';

let on: Hooked;
before(async () => {
  on = await Hooked.start();
});
after(() => on[Symbol.asyncDispose]());

const eventIn = ({ body }: Taken) => JSON.parse(body);

describe('what happens to an image', () => {
  test('a push is delivered, signed, with what was pushed and by whom', async () => {
    const namespace = await on.namespace();
    const hook = await on.add();
    const digest = await on.push(`${namespace}/app`, '1.0');
    const [taken] = await on.taken(hook.path);
    assert.ok(taken);
    // the clock of the test stands still in the past: the verifier is asked about the signature alone
    const verifier = new Verifier(hook.secret);
    assert.equal(
      taken.headers['webhook-signature'],
      verifier.sign(
        taken.headers['webhook-id'] ?? '',
        new Date(Number(taken.headers['webhook-timestamp']) * 1000),
        taken.body,
      ),
    );
    const { data } = eventIn(taken);
    assert.deepEqual(
      [data.repository, data.tag, data.digest],
      [`${namespace}/app`, '1.0', digest],
      taken.body,
    );
    const delivery = await on.delivery(hook.id, ({ state }) => state === 'delivered');
    assert.deepEqual(
      [delivery.last_status, delivery.attempts, delivery.message_id],
      [204, 1, taken.headers['webhook-id']],
    );
  });
});
