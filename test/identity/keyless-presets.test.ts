import assert from 'node:assert/strict';
import { test } from 'node:test';
import { issuersFile } from '../../src/config/issuers.ts';
import { openRows } from '../support/rows.ts';
import { KeylessLab, REPOSITORY, when } from './keyless-lab.ts';
import { newProfile } from './people.ts';
import { declared, IssuersFile, SAMPLES, type Sample } from './platform.ts';

const status = async (lab: KeylessLab, id: string, token: string): Promise<number> =>
  (await lab.exchange(id, token)).status;

/** Every issuer that the whole world shares, and what it is. */
const SHARED: [string, Sample][] = [
  ['https://token.actions.githubusercontent.com', 'github'],
  ['https://token.actions.githubusercontent.com/acme', 'github'],
  ['https://token.actions.acme.ghe.com', 'github'],
  ['https://gitlab.com', 'gitlab'],
  ['https://agent.buildkite.com', 'buildkite'],
  ['https://oidc.circleci.com/org/2f1b', 'circleci'],
  ['https://api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc', 'bitbucket'],
  ['https://accounts.google.com', 'google'],
  ['accounts.google.com', 'google'],
  ['https://login.microsoftonline.com/7d1c/v2.0', 'azure'],
  ['https://sts.windows.net/7d1c/', 'azure'],
];

test('a platform that the whole world shares has its preset by its iss, and another preset is refused', async () => {
  for (const [issuer, preset] of SHARED) {
    const entry = { name: 'it', issuer, audiences: ['a'], discovery: 'https://it.example.com' };
    const read = await issuersFile(new IssuersFile([entry]).path).read();
    assert.equal(read?.[0]?.preset, preset, issuer);
    const other = preset === 'gitlab' ? 'github' : 'gitlab';
    const { path } = new IssuersFile([{ ...entry, preset: other }]);
    assert.throws(() => issuersFile(path), new RegExp(`is of the preset ${preset}`), issuer);
  }
  for (const issuer of [
    'https://gitlab.example.com',
    'https://token.actions.githubusercontent.com.example.com',
    'https://example.com/token.actions.githubusercontent.com',
    'https://gitlab.com@example.com',
  ]) {
    const entry = { name: 'it', issuer, audiences: ['a'], discovery: 'https://it.example.com' };
    const read = await issuersFile(new IssuersFile([entry]).path).read();
    assert.equal(read?.[0]?.preset, undefined, issuer);
  }
});

test('T5: GitHub declared without a preset lets no repository of a stranger in: a rule says whose builds it trusts', async () => {
  await using lab = await KeylessLab.start('github', (platform) => [
    declared(platform, { preset: undefined, issuer: SAMPLES.github.iss }),
  ]);
  const { id } = await newProfile(lab.registry, 'ci');
  const open = lab.rule([when('ref', 'refs/heads/main')]);
  const made = await lab.owner('POST', `/v1/profiles/${id}/rules`, open);
  assert.equal(made.status, 400);
  assert.match(made.body.errorMessage, /repository_id/);
  const { id: bound } = await lab.profile([REPOSITORY]);
  assert.equal(await status(lab, bound, await lab.token()), 200);
  const strange = await lab.token({ repository_id: '666', event_name: 'pull_request_target' });
  assert.equal(await status(lab, bound, strange), 403);
  assert.equal(await status(lab, bound, await lab.token({ event_name: 'pull_request_target' })), 403);
});

test('T5: a rule of before that does not say whose builds it trusts matches no token, and explain says why', async () => {
  await using lab = await KeylessLab.start('github', (platform) => [
    declared(platform, { preset: undefined, issuer: 'https://ci.example.com' }),
  ]);
  const terms = lab.rule([when('ref', 'refs/heads/main')], { realm_name: 'https://ci.example.com' });
  const { id } = await newProfile(lab.registry, 'ci');
  const made = await lab.owner('POST', `/v1/profiles/${id}/rules`, terms);
  assert.match(made.body.warnings[0], /no preset.*sub/);
  // the same rule as it was made for GitHub before GitHub had its preset by itself
  await using rows = openRows(lab.registry.database);
  const [trust] = await rows
    .selectFrom('profile_trusts')
    .selectAll()
    .where('id', '=', made.body.id)
    .execute();
  const document = String(trust?.document).replace('https://ci.example.com', SAMPLES.github.iss);
  await rows.updateTable('profile_trusts').set({ document }).where('id', '=', made.body.id).execute();
  lab.file.write([declared(lab.platform, { preset: undefined, issuer: SAMPLES.github.iss })]);
  await lab.registry.restart();
  const token = await lab.token();
  assert.equal(await status(lab, id, token), 403);
  const told = await lab.owner('POST', `/v1/profiles/${id}/rules/explain`, { token });
  assert.equal(told.body.rules[0].holds, false);
  assert.match(told.body.rules[0].fault, /repository_id/);
});
