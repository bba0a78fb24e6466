import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { declared, IssuersFile, Platform, SAMPLES } from '../identity/platform.ts';
import { MovableClock } from '../support/clock.ts';
import { basic } from '../support/registry.ts';
import { Owner } from './owner.ts';

interface Stage extends AsyncDisposable {
  readonly owner: Owner;
  readonly platform: Platform;
  /** The status of docker's token request for a push to birds. */
  push(profile: string, claims?: object): Promise<number>;
  tokenFile(claims?: object): Promise<string>;
}

const open = async (sample: 'github' | 'gitlab' | 'kubernetes' = 'github'): Promise<Stage> => {
  const { iss } = SAMPLES[sample];
  const platform = await Platform.start(iss, new MovableClock());
  const file = new IssuersFile([declared(platform, { name: sample, preset: sample, issuer: iss })]);
  const owner = await Owner.open({ TIDEGATE_ISSUERS_FILE: file.path });
  await owner.registry.namespaceAdd('birds');
  const token = (claims: object = {}): Promise<string> => platform.token({ ...SAMPLES[sample], ...claims });
  return {
    owner,
    platform,
    async push(profile, claims) {
      const answer = await owner.registry.fetch('/oauth/token?scope=repository:birds/app:push,pull', {
        headers: { Authorization: basic(profile, await token(claims)) },
      });
      const { token: bearer } = (await answer.json()) as { token?: string };
      if (bearer === undefined) return answer.status;
      const headers = { Authorization: `Bearer ${bearer}` };
      return (await owner.registry.fetch('/v2/birds/app/blobs/uploads/', { method: 'POST', headers })).status;
    },
    async tokenFile(claims) {
      const path = join(tmpdir(), `tidegate-token-${crypto.randomUUID()}`);
      writeFileSync(path, `${await token(claims)}\n`, { mode: 0o600 });
      return path;
    },
    async [Symbol.asyncDispose]() {
      await owner[Symbol.asyncDispose]();
      await platform[Symbol.asyncDispose]();
    },
  };
};

test('trust github: one command lets a repository push, by the ids of a token, and nothing else', async () => {
  await using stage = await open();
  const { owner } = stage;
  const path = await stage.tokenFile();
  const words = [
    'trust',
    'github',
    'acme/app',
    '--push',
    'birds',
    '--branch',
    'main',
    '--from-token',
    `@${path}`,
  ];
  const made = await owner.json(words);
  assert.match(made.profile_id, /^Profile-/);
  const claims = made.rule.conditions.map(({ claim }: { claim: string }) => claim);
  assert.deepEqual(claims, ['repository_id', 'repository_owner_id', 'ref']);
  assert.match(
    made.paste[0].lines.join('\n'),
    new RegExp(`docker login -u ${made.profile_id} --password-stdin `),
  );
  assert.equal(await stage.push(made.profile_id), 202);
  assert.equal(await stage.push(made.profile_id, { ref: 'refs/heads/other' }), 401);
  assert.equal(await stage.push(made.profile_id, { repository_id: '1' }), 401);
});

test('trust github by name alone warns, and --pull does not let it push', async () => {
  await using stage = await open();
  const said = await stage.owner.run('trust github acme/app --pull birds');
  assert.equal(said.code, 0, said.stderr);
  assert.match(said.stderr, /Warning: .*repository_id/);
  const [, id = ''] = /(Profile-[0-9a-f-]+)/.exec(said.stdout) ?? [];
  assert.match(said.stdout, /id-token: write/);
  assert.equal(await stage.push(id), 403);
});

test('trust gitlab and trust kubernetes let their workloads push', async () => {
  for (const [sample, ...words] of [
    ['gitlab', 'acme/app', '--project-id', '22'],
    ['kubernetes', 'prod/deploy', '--issuer', SAMPLES.kubernetes.iss],
  ] as const) {
    await using stage = await open(sample);
    const made = await stage.owner.json(['trust', sample, ...words, '--push', 'birds']);
    assert.equal(await stage.push(made.profile_id), 202, sample);
  }
});

test('trust refuses what does not say enough, and leaves nothing behind', async () => {
  await using stage = await open();
  const { owner } = stage;
  const path = await stage.tokenFile();
  const refused: [number, string][] = [
    [2, 'trust github acme/app'],
    [2, 'trust github acme --push birds'],
    [2, 'trust gitlab acme/app --push birds'],
    [2, 'trust kubernetes prod/deploy --push birds'],
    [2, `trust github other/app --push birds --from-token @${path}`],
    [2, 'trust github acme/app --push birds --from-token nonsense'],
    [1, 'trust gitlab acme/app --project-id 22 --push birds'],
  ];
  for (const [code, line] of refused) {
    const turn = await owner.run(line);
    assert.ok(code === 2 ? turn.code === 2 : turn.code !== 0, `${line}: ${turn.code} ${turn.stderr}`);
  }
  assert.deepEqual(await owner.json('iam trusted-profiles'), []);
});

test('F25: trust explain says condition by condition why a token does not match', async () => {
  await using stage = await open();
  const { owner } = stage;
  await owner.says('trust github acme/app --push birds --repository-id 456789 --branch main');
  const explained = async (claims: object) =>
    owner.says(['trust', 'explain', '--token', `@${await stage.tokenFile(claims)}`]);
  assert.match(
    await explained({}),
    /The token is valid[\s\S]*acme\/app: matches[\s\S]*let in: -u Profile-[-0-9a-f]+ \(github-acme-app\)/,
  );
  const other = await explained({ ref: 'refs/heads/other' });
  assert.match(other, /does not match/);
  assert.match(other, /yes repository_id/);
  assert.match(other, /no {2}ref EQUALS "refs\/heads\/main"; the token has "refs\/heads\/other"/);
  assert.match(await explained({ event_name: 'pull_request' }), /event_name is "pull_request"/);
  assert.match(
    await explained({ exp: -3600 }),
    /The token is not valid[\s\S]*No login with this token is let in/,
  );
  assert.match(
    await explained({ iss: 'https://elsewhere' }),
    /not valid: its iss, https:\/\/elsewhere, is not of an issuer that is declared/,
  );
  assert.match(
    await explained({ aud: 'other' }),
    /The token is not valid: it is for "other", and must be for https/,
  );
});

test('the operator lists issuers, disables one and enables it', async () => {
  await using stage = await open();
  const { owner } = stage;
  const { profile_id: id } = await owner.json('trust github acme/app --push birds --repository-id 456789');
  assert.match(await owner.says('issuers'), /^github +https:\/\/token\.actions.* enabled/m);
  assert.match(await owner.says('issuer-disable github'), /disabled/);
  assert.equal(await stage.push(id), 401);
  assert.equal((await owner.json('issuer-enable github')).state, 'enabled');
  assert.equal(await stage.push(id), 202);
  assert.notEqual((await owner.run('issuer-disable none')).code, 0);
});
