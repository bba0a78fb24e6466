import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ContainerAuthenticator } from 'ibm-cloud-sdk-core';
import { makeCertificate, trust } from '../support/certificate.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { KeylessLab, when } from './keyless-lab.ts';
import { SAMPLES } from './platform.ts';

test('F27: IBM’s ContainerAuthenticator logs a pod in with the token of its file, by the profile’s id and by its name', async () => {
  using temporary = temporaryFolder();
  const folder = temporary.path;
  const { certFile, keyFile } = makeCertificate(folder);
  trust({ certFile, keyFile });
  const env = { TIDEGATE_TLS_CERT: certFile, TIDEGATE_TLS_KEY: keyFile };
  await using lab = await KeylessLab.start('kubernetes', undefined, env);
  const { id, name } = await lab.profile([when('sub', SAMPLES.kubernetes.sub)]);
  const crTokenFilename = join(folder, 'sa-token');
  writeFileSync(crTokenFilename, await lab.token());
  const { url, accountId } = lab.registry;
  for (const named of [{ iamProfileId: id }, { iamProfileName: `${name}@${accountId}` }]) {
    const authenticator = new ContainerAuthenticator({ url, crTokenFilename, ...named });
    const request: { headers: Record<string, string> } = { headers: {} };
    await authenticator.authenticate(request);
    const { Authorization = '' } = request.headers;
    const answer = await lab.registry.fetch('/identity/userinfo', { headers: { Authorization } });
    assert.equal(((await answer.json()) as { iam_id?: string }).iam_id, `iam-${id}`, JSON.stringify(named));
  }
  writeFileSync(crTokenFilename, await lab.token({ sub: 'system:serviceaccount:prod:other' }));
  const other = new ContainerAuthenticator({ url, crTokenFilename, iamProfileId: id });
  await assert.rejects(other.authenticate({ headers: {} }), /Access is denied/);
});
