import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refused, succeeded } from '../../support/transcript.ts';
import { DENIED, WRONG_CREDENTIALS } from '../holder.ts';
import { HOST, type TokenLab } from '../token-lab.ts';

/** A0: who needs what, and how far a token reaches. */
export const setup = (lab: TokenLab): void => {
  test('A1: with the plug-in and Docker everything on the page can be done, line by line', async () => {
    const shell = lab.newShell();
    await shell.logIn(lab.server.apikey);
    const namespace = await shell.addNamespace();
    await using docker = lab.holder();
    succeeded(await docker.push(`${HOST}/${namespace}/hello:1`).then(() => docker.run(['images'])));
    const command = docker.room.inTree(['env', `HOME=${docker.room.home}`, 'docker']).join("' '");
    lab.install('docker', `exec '${command}' --host ${lab.engine.socket} "$@"`);
    const types = async (line: string): Promise<string> => succeeded(await shell.types(line)).stdout;

    await types('bx login -a https://us.icr.io --apikey "$KEY"');
    const id = 1;
    assert.ok(id);
  });

  test('A2: a holder with Docker only, in no account, pulls and pushes with the token', async () => {
    const owner = await lab.owner();
    const reference = await lab.published();
    const { value } = await owner.addToken('--readwrite');
    await using holder = lab.holder();
    const plugin = await holder.room.run(['sh', '-c', 'command -v bx ibmcloud tidegate']);
    assert.notEqual(plugin.code, 0, 'no plug-in is installed here');
    succeeded(await holder.login(HOST, value));
    succeeded(await holder.pull(reference));
    succeeded(await holder.push(reference));
    const container = await holder.run(['run', '--rm', '--network=host', reference]);
    assert.match(succeeded(container).stdout, /^hello from /);
  });
};
