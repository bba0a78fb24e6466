import assert from 'node:assert/strict';
import { HOUR } from '../../support/clock.ts';
import { refused, succeeded } from '../../support/transcript.ts';
import type { Check } from '../check.ts';
import { DENIED } from '../holder.ts';
import type { PageLab } from '../page-lab.ts';

/** A1: the kinds there are. */
export const kinds = (lab: PageLab, check: Check): void => {
  check('A7: the creator of a token picks read-only or read-write', async () => {
    const owner = await lab.owner();
    assert.equal((await owner.listed(await owner.addToken()))?.readonly, true);
    assert.equal((await owner.listed(await owner.addToken('--readwrite')))?.readonly, false);
  });

  check('A8: the creator of a token picks permanent or 24 hours', async () => {
    const owner = await lab.owner();
    const earliest = Math.floor((lab.now() + 24 * HOUR) / 1000);
    const { expiry = 0 } = (await owner.listed(await owner.addToken())) ?? {};
    const latest = Math.ceil((lab.now() + 24 * HOUR) / 1000);
    assert.ok(expiry >= earliest && expiry <= latest, `${earliest} <= ${expiry} <= ${latest}`);
    assert.equal((await owner.listed(await owner.addToken('--non-expiring')))?.expiry, 0);
  });

  check('A9: several tokens exist at the same time, each with its kind', async () => {
    const owner = await lab.owner();
    const reference = await lab.published();
    const options = ['', '--readwrite', '--readwrite --non-expiring'];
    for (const [number, option] of options.entries()) {
      const token = await owner.addToken(`--description 'number ${number}' ${option}`);
      await using holder = await lab.loggedIn(token.value);
      succeeded(await holder.pull(reference));
      const push = await holder.push(`${reference}-${number}`);
      if (option.includes('--readwrite')) succeeded(push);
      else refused(push, DENIED);
    }
    const listed = (await owner.tokens())
      .filter(({ description }) => /^number \d$/.test(description))
      .sort((one, other) => one.description.localeCompare(other.description));
    assert.deepEqual(
      listed.map(({ readonly, expiry }) => [readonly, expiry === 0]),
      [
        [true, false],
        [false, false],
        [false, true],
      ],
    );
  });
};
