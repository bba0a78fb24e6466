import assert from 'node:assert/strict';
import { HOUR, MINUTE } from '../../support/clock.ts';
import { refused, succeeded } from '../../support/transcript.ts';
import type { Check } from '../check.ts';
import { WRONG_CREDENTIALS } from '../holder.ts';
import { HOST, type PageLab } from '../page-lab.ts';
import { basic, request } from '../request.ts';

const UNKNOWN = '58669dd6-3ddd-5c78-99f9-ad0a5aabd9ad';

/** A4: how tokens end. */
export const remove = (lab: PageLab, check: Check): void => {
  check('A32: an expired token leaves the list by itself', async () => {
    const owner = await lab.owner();
    const expiring = await owner.addToken();
    const permanent = await owner.addToken('--non-expiring');
    lab.advance(24 * HOUR - MINUTE);
    assert.ok(await (await lab.owner()).listed(expiring));
    lab.advance(MINUTE);
    assert.equal(await (await lab.owner()).listed(expiring), undefined);
    assert.ok(await (await lab.owner()).listed(permanent));
  });

  check('A33: bx cr token-rm takes a token off the list, and docker pull fails at once', async () => {
    const owner = await lab.owner();
    const reference = await lab.published();
    const token = await owner.addToken('--non-expiring');
    await using holder = await lab.loggedIn(token.value);
    succeeded(await holder.pull(reference));
    // what a client got for the token while it lived ends with it
    const repository = reference.slice(HOST.length + 1, -':1'.length);
    const scope = `repository:${repository}:pull`;
    const granted = await request(lab.lab, HOST, `GET /oauth/token?service=registry&scope=${scope}`, {
      headers: { Authorization: basic('token', token.value) },
    });
    const headers = { Authorization: `Bearer ${JSON.parse(granted.body).token}` };
    const manifest = `GET /v2/${repository}/manifests/1`;
    assert.equal((await request(lab.lab, HOST, manifest, { headers })).status, 200);

    const question = `Remove registry token '${token.id}'?`;
    succeeded(
      await owner.converses(`bx cr token-rm ${token.id}`, [[new RegExp(RegExp.escape(question)), 'y']]),
    );
    assert.equal((await request(lab.lab, HOST, manifest, { headers })).status, 401);
    refused(await holder.pull(reference), WRONG_CREDENTIALS);
    refused(await holder.login(HOST, token.value), WRONG_CREDENTIALS);
    assert.equal(await owner.listed(token), undefined);
  });

  check('A34: bx cr token-rm of an unknown id is an error', async () => {
    const turn = refused(await (await lab.owner()).types(`bx cr token-rm -f ${UNKNOWN}`), /^FAILED$/m);
    assert.ok(turn.stderr.includes(UNKNOWN), turn.stderr);
  });

  check('A35: bx cr token-get of a removed or an expired id is an error', async () => {
    const owner = await lab.owner();
    const [removed, expired] = [await owner.addToken(), await owner.addToken()];
    succeeded(await owner.types(`bx cr token-rm -f ${removed.id}`));
    refused(await owner.types(`bx cr token-get ${removed.id}`), /^FAILED\nThere is no registry token/m);
    lab.advance(24 * HOUR);
    const line = `bx cr token-get ${expired.id}`;
    refused(await (await lab.owner()).types(line), /^FAILED\nThere is no registry token/m);
  });

  check('A36: removing one token leaves the others working', async () => {
    const owner = await lab.owner();
    const reference = await lab.published();
    const [first, second] = [await owner.addToken('--readwrite'), await owner.addToken('--readwrite')];
    await using holder = await lab.loggedIn(second.value);
    succeeded(await owner.types(`bx cr token-rm -f ${first.id}`));
    succeeded(await holder.pull(reference));
    succeeded(await holder.login(HOST, second.value));
  });

  check('A37: removing a token deletes neither images nor namespaces', async () => {
    const owner = await lab.owner();
    const namespace = await owner.addNamespace();
    const { id, value } = await owner.addToken('--readwrite');
    await using holder = await lab.loggedIn(value);
    succeeded(await holder.push(`${HOST}/${namespace}/kept:1`));
    succeeded(await owner.types(`bx cr token-rm -f ${id}`));
    const { stdout: namespaces } = succeeded(await owner.types('bx cr namespace-list'));
    assert.match(namespaces, new RegExp(`^${namespace}$`, 'm'));
    const { stdout: images } = succeeded(await owner.types(`bx cr image-list --restrict ${namespace}`));
    assert.ok(images.includes(`/${namespace}/kept`), images);
    await using other = await lab.loggedIn((await owner.addToken()).value);
    succeeded(await other.pull(`${HOST}/${namespace}/kept:1`));
  });
};
