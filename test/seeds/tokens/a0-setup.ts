import assert from 'node:assert/strict';
import { refused, succeeded } from '../../support/transcript.ts';
import type { Check } from '../check.ts';
import { DENIED, WRONG_CREDENTIALS } from '../holder.ts';
import { HOST, type PageLab } from '../page-lab.ts';

/** A0: who needs what, and how far a token reaches. */
export const setup = (lab: PageLab, check: Check): void => {
  check('A1: with the plug-in and Docker everything on the page can be done, line by line', async () => {
    const reference = await lab.published();
    await using docker = lab.holder();
    lab.installDocker(docker);
    const shell = lab.newShell();
    const env = { IBMCLOUD_API_KEY: lab.server.apikey };
    const type = async (line: string): Promise<string> => succeeded(await shell.types(line, { env })).stdout;

    await type('bx login -a https://us.icr.io'); // an address has to be said once; the page's own is gone
    const created = await type('bx cr token-add --description "This is a token" --non-expiring --readwrite');
    const [, id = ''] = /^Token identifier +(\S+)$/m.exec(created) ?? [];
    await type('bx cr token-list');
    await type('bx login');
    assert.ok((await type('bx cr token-list')).includes(id));
    const [, value = ''] = /^Token +(eyJ\S+)$/m.exec(await type(`bx cr token-get ${id}`)) ?? [];
    assert.match(await type(`docker login -u token -p ${value} ${HOST}`), /^Login Succeeded$/m);
    await type(`docker pull ${reference}`);
    await type(`docker tag ${reference} ${reference}-again`);
    await type(`docker push ${reference}-again`);
    await type('bx login');
    await type('bx cr token-list');
    succeeded(await shell.converses(`bx cr token-rm ${id}`, [[/Remove registry token/, 'y']]));
    refused(await shell.types(`docker pull ${reference}`), WRONG_CREDENTIALS);
  });

  check('A2: a holder with Docker only, in no account, pulls and pushes with a token', async () => {
    const reference = await lab.published({ runnable: true });
    const { value } = await (await lab.owner()).addToken('--readwrite');
    await using holder = lab.holder();
    const plugin = await holder.room.run(['sh', '-c', 'command -v bx ibmcloud tidegate']);
    assert.notEqual(plugin.code, 0, 'the plug-in is not there');
    succeeded(await holder.login(HOST, value));
    succeeded(await holder.pull(reference));
    const { stdout } = succeeded(await holder.run(['run', '--rm', '--network=host', reference]));
    assert.match(stdout, /^hello from /);
    succeeded(await holder.push(`${reference}-mine`));
    succeeded(await holder.pull(`${reference}-mine`));
  });

  check('A3: one token reads every namespace of the account in the region', async () => {
    const owner = await lab.owner();
    const { value } = await owner.addToken();
    await using holder = await lab.loggedIn(value);
    for (const namespace of [await owner.addNamespace(), await owner.addNamespace()]) {
      succeeded(await holder.pull(await lab.published({ namespace })));
    }
  });

  check('A4: a token does not reach another region: login on its hosts fails', async () => {
    const { value } = await (await lab.owner()).addToken();
    await using holder = lab.holder();
    succeeded(await holder.login(HOST, value));
    for (const host of ['registry.eu-gb.bluemix.net', 'registry.eu-de.bluemix.net', 'au.icr.io']) {
      refused(await holder.login(host, value), WRONG_CREDENTIALS);
    }
  });

  check('A5: a namespace added after the token is reached with it', async () => {
    const owner = await lab.owner();
    const { value } = await owner.addToken('--readwrite');
    await using holder = await lab.loggedIn(value);
    const reference = await lab.published({ namespace: await owner.addNamespace() });
    succeeded(await holder.pull(reference));
    succeeded(await holder.push(`${reference}-mine`));
  });

  check('A6: a token of another account does not reach this account’s namespaces', async () => {
    const reference = await lab.published();
    const { shell } = await lab.newAccount('Neighbours');
    const namespace = await shell.addNamespace();
    const { value } = await shell.addToken('--readwrite');
    await using holder = await lab.loggedIn(value);
    succeeded(await holder.push(`${HOST}/${namespace}/own:1`));
    refused(await holder.pull(reference), DENIED);
    refused(await holder.push(`${reference}-foreign`), DENIED);
  });
};
