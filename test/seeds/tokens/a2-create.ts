import assert from 'node:assert/strict';
import { HOUR, MINUTE } from '../../support/clock.ts';
import { refused, succeeded } from '../../support/transcript.ts';
import type { Check } from '../check.ts';
import { DENIED, WRONG_CREDENTIALS } from '../holder.ts';
import { HOST, type PageLab } from '../page-lab.ts';

const COMMAND = 'bx cr token-add --description "This is a token" --non-expiring --readwrite';
const DAY = 24 * HOUR;

/** A2: what the options of token-add mean, and what it prints. */
export const create = (lab: PageLab, check: Check): void => {
  check(`A10: ${COMMAND} succeeds`, async () => {
    const { stdout } = succeeded(await (await lab.owner()).types(COMMAND));
    assert.match(stdout, /^Requesting a registry token\.\.\.\n\n.*\n\nOK\n$/s);
  });

  check('A11: it prints a line "Token identifier   <uuid>"', async () => {
    const { stdout } = succeeded(await (await lab.owner()).types(COMMAND));
    assert.match(stdout, /^Token identifier {3}[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/m);
  });

  check('A12: it prints a line "Token              <token_value>"', async () => {
    const { stdout } = succeeded(await (await lab.owner()).types(COMMAND));
    const [, value = ''] = /^Token {14}(\S+)$/m.exec(stdout) ?? [];
    await using holder = lab.holder();
    succeeded(await holder.login(HOST, value));
  });

  check('A13: --description is optional', async () => {
    const owner = await lab.owner();
    assert.equal((await owner.listed(await owner.addToken()))?.description, '');
  });

  check('A14: token-list shows the description of --description', async () => {
    const owner = await lab.owner();
    const token = await owner.addToken('--description "build farm, 2nd floor: 읽기 전용"');
    assert.equal((await owner.listed(token))?.description, 'build farm, 2nd floor: 읽기 전용');
  });

  check('A15: without --non-expiring a token works at 23 h 59 m and is refused at 24 h', async () => {
    const reference = await lab.published();
    const { value } = await (await lab.owner()).addToken();
    await using holder = await lab.loggedIn(value);
    lab.advance(DAY - MINUTE);
    succeeded(await holder.pull(reference));
    succeeded(await holder.login(HOST, value));
    lab.advance(MINUTE);
    refused(await holder.pull(reference), /the token expired/);
    refused(await holder.login(HOST, value), /the token expired/);
  });

  check('A16: with --non-expiring it works after 24 h and after a year', async () => {
    const reference = await lab.published();
    const { value } = await (await lab.owner()).addToken('--non-expiring');
    await using holder = await lab.loggedIn(value);
    for (const passed of [DAY + MINUTE, 365 * DAY]) {
      lab.advance(passed);
      succeeded(await holder.pull(reference));
      succeeded(await holder.login(HOST, value));
    }
  });

  check('A17: without --readwrite docker pull works and docker push is denied', async () => {
    const reference = await lab.published();
    await using holder = await lab.loggedIn((await (await lab.owner()).addToken()).value);
    succeeded(await holder.pull(reference));
    refused(await holder.push(`${reference}-mine`), DENIED);
  });

  check('A18: with --readwrite docker push and docker pull work', async () => {
    const namespace = await (await lab.owner()).addNamespace();
    await using holder = await lab.loggedIn((await (await lab.owner()).addToken('--readwrite')).value);
    const reference = `${HOST}/${namespace}/hello:1`;
    succeeded(await holder.push(reference));
    succeeded(await holder.pull(reference));
  });

  for (const options of ['', '--non-expiring', '--readwrite', '--non-expiring --readwrite']) {
    check(`A19: the four combinations: bx cr token-add ${options || '(no option)'}`, async () => {
      const reference = await lab.published();
      const { value } = await (await lab.owner()).addToken(options);
      await using holder = await lab.loggedIn(value);
      const push = await holder.push(`${reference}-mine`);
      if (options.includes('--readwrite')) succeeded(push);
      else refused(push, DENIED);
      succeeded(await holder.pull(reference));
      lab.advance(DAY + MINUTE);
      if (options.includes('--non-expiring')) succeeded(await holder.pull(reference));
      else refused(await holder.pull(reference), /the token expired/);
    });
  }

  check('A20: a non-expiring token that was removed no longer works', async () => {
    const reference = await lab.published();
    const owner = await lab.owner();
    const { id, value } = await owner.addToken('--non-expiring --readwrite');
    await using holder = await lab.loggedIn(value);
    succeeded(await holder.pull(reference));
    succeeded(await owner.types(`bx cr token-rm -f ${id}`));
    refused(await holder.pull(reference), WRONG_CREDENTIALS);
    refused(await holder.login(HOST, value), WRONG_CREDENTIALS);
  });

  check('A21: bx cr token-list lists the new token', async () => {
    const owner = await lab.owner();
    const before = await owner.tokens();
    const { id } = await owner.addToken();
    const added = (await owner.tokens()).filter((each) => !before.some((known) => known.id === each.id));
    assert.deepEqual(
      added.map((each) => each.id),
      [id],
    );
  });
};
