import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Condition, GITHUB, KeylessLab, REPOSITORY, when } from './keyless-lab.ts';
import { newProfile } from './people.ts';
import { AUDIENCE, declared, type Platform, SAMPLES, type Sample } from './platform.ts';

/** Every platform, each by its preset, and a second audience and a second cluster; all sign with the same keys. */
const everyPreset = (platform: Platform): object[] => [
  ...(Object.keys(SAMPLES) as Sample[]).map((sample) =>
    declared(platform, { name: sample, preset: sample, issuer: SAMPLES[sample].iss }),
  ),
  declared(platform, { name: 'own', preset: undefined, issuer: 'https://ci.example.com' }),
  declared(platform, {
    name: 'two',
    preset: undefined,
    issuer: 'https://two.example.com',
    audiences: ['a', 'b'],
  }),
  declared(platform, {
    name: 'elsewhere',
    preset: undefined,
    issuer: 'https://elsewhere.example.com',
    accounts: ['0'.repeat(32)],
  }),
];

let lab: KeylessLab;
let profile: string;

before(async () => {
  lab = await KeylessLab.start('github', (platform) => {
    // one document for all of them: the test is about rules, not about discovery
    platform.instead = (request, response) => {
      const name = new URL(request.url ?? '/', platform.url).searchParams.get('iss');
      const document = name === null ? platform.jwks : { issuer: name, jwks_uri: `${platform.url}/jwks` };
      response.end(JSON.stringify(document));
    };
    return everyPreset(platform).map((issuer) => {
      const { issuer: iss } = issuer as { issuer: string };
      return { ...issuer, discovery: `${platform.url}/?iss=${encodeURIComponent(iss)}` };
    });
  });
  profile = (await newProfile(lab.registry, 'rules')).id;
});

after(() => lab[Symbol.asyncDispose]());

const make = async (conditions: readonly Condition[], more: object = {}) => {
  const made = await lab.owner('POST', `/v1/profiles/${profile}/rules`, lab.rule(conditions, more));
  if (made.status === 201) await lab.owner('DELETE', `/v1/profiles/${profile}/rules/${made.body.id}`);
  return made;
};

test('F5: a rule without issuer, audience or binding claim, or with only negative ones, is 400 and names the field', async () => {
  const refused: [string, readonly Condition[], object?][] = [
    ['realm_name', [REPOSITORY], { realm_name: undefined }],
    ['realm_name', [REPOSITORY], { realm_name: `${GITHUB}/` }],
    ['realm_name', [REPOSITORY], { realm_name: GITHUB.toUpperCase() }],
    ['realm_name', [when('sub', 'x')], { realm_name: 'https://elsewhere.example.com' }],
    ['conditions', [when('ref', 'refs/heads/main')]],
    ['conditions', [when('repository_id', '456789', 'NOT_EQUALS')]],
    ['conditions', [when('repository', 'acme/app')]],
    ['conditions', [when('repository', ['acme/app'], 'IN'), when('repository_owner', 'acme')]],
    ['conditions', [when('aud', AUDIENCE)], { realm_name: 'https://ci.example.com' }],
    ['conditions', [when('/aud', AUDIENCE)], { realm_name: 'https://ci.example.com' }],
    ['conditions', [when('sub', 'x')], { realm_name: 'https://two.example.com' }],
    ['conditions', [when('tid', '7d1c')], { realm_name: SAMPLES.azure.iss }],
    ['conditions[1]', [REPOSITORY, when('aud', 'other')]],
  ];
  for (const [field, conditions, more] of refused) {
    const { status, body } = await make(conditions, more);
    assert.equal(status, 400, JSON.stringify([conditions, more]));
    assert.ok(body.errorMessage.startsWith(`Property ${field} is not valid`), body.errorMessage);
  }
  const named = [when('sub', 'x'), when('aud', 'a')];
  assert.equal((await make(named, { realm_name: 'https://two.example.com' })).status, 201);
});

test('F5: GitHub’s names instead of ids are allowed with a warning', async () => {
  const byName = await make([when('repository', 'acme/app'), when('repository_owner', 'acme')]);
  assert.equal(byName.status, 201);
  assert.match(byName.body.warnings[0], /repository_id/);
  assert.equal((await make([REPOSITORY])).body.warnings, undefined);
});

test('F8: CONTAINS on a text, and on part of a name, is 400: evil-acme/app is not acme', async () => {
  const { status, body } = await make([REPOSITORY, when('repository', 'acme/', 'CONTAINS')]);
  assert.equal(status, 400);
  assert.match(body.errorMessage, /conditions\[1\].*list/);
  const list = [when('project_id', '22'), when('groups_direct', 'acme', 'CONTAINS')];
  assert.equal((await make(list, { realm_name: SAMPLES.gitlab.iss })).status, 201);
});

test('an unknown key, operator or value is 400: a misspelt one could be what narrows the rule', async () => {
  const bad: [readonly object[], object?][] = [
    [[REPOSITORY], { audiences: [AUDIENCE] }],
    [[{ ...REPOSITORY, negate: true }]],
    [[{ ...REPOSITORY, operator: 'MATCHES' }]],
    [[REPOSITORY, when('ref', [], 'IN')]],
    [[REPOSITORY, when('ref', ['a', 1], 'IN')]],
    [[REPOSITORY, when('ref', 'refs/heads/main', 'IN')]],
    [[REPOSITORY, { claim: 'ref', operator: 'EQUALS', value: 'null' }]],
    [[REPOSITORY, { claim: 'ref', operator: 'EQUALS', value: '{}' }]],
    [[REPOSITORY, when('ref', '')]],
    [[REPOSITORY, when('ref', 'MAIN', 'EQUALS_IGNORE_CASE')]],
    [[when('tid', '7d1c'), when('oid', 'o'), when('email', 'a@b.c')], { realm_name: SAMPLES.azure.iss }],
  ];
  for (const [conditions, more] of bad)
    assert.equal(
      (await make(conditions as Condition[], more)).status,
      400,
      JSON.stringify([conditions, more]),
    );
});

/** Whether a token with these claims meets a rule. */
const meets = async (conditions: readonly Condition[], claims: object, sample: Sample = 'github') => {
  const realm = { realm_name: SAMPLES[sample].iss };
  const { id } = await lab.profile(conditions, realm);
  const status = await lab.dockerLogin(id, await lab.platform.token({ ...SAMPLES[sample], ...claims }));
  await lab.owner('DELETE', `/v1/profiles/${id}`);
  return status === 200;
};

test('F6: what runs on behalf of strangers matches no rule that does not name its event', async () => {
  for (const event_name of ['pull_request', 'pull_request_target', 'workflow_run', 'issue_comment']) {
    assert.equal(await meets([REPOSITORY], { event_name }), false, event_name);
    assert.equal(await meets([REPOSITORY, when('event_name', event_name)], { event_name }), true, event_name);
    const other = [REPOSITORY, when('event_name', 'push', 'NOT_EQUALS')];
    assert.equal(await meets(other, { event_name }), false, `${event_name} is not named by what it is not`);
  }
  assert.equal(await meets([REPOSITORY], { event_name: undefined }), false, 'no event');
});

test('F9: values have types, null and what is inherited are absent, and negatives need a value', async () => {
  const cases: [boolean, Condition, unknown][] = [
    [true, when('n', '20'), '20'],
    [false, when('n', '20'), 20],
    [true, when('n', 20), 20],
    [false, when('n', 20), '20'],
    [true, when('n', false), false],
    [false, when('n', false), 'false'],
    [false, when('n', false), undefined],
    [false, when('n', 'null'), null],
    [false, when('n', 'x', 'NOT_EQUALS'), undefined],
    [false, when('n', 'x', 'NOT_EQUALS'), null],
    [false, when('n', 'x', 'NOT_EQUALS'), 1],
    [true, when('n', 'x', 'NOT_EQUALS'), 'y'],
    [true, when('n', [1, 2], 'IN'), 2],
    [false, when('n', ['1'], 'IN'), 1],
    [false, when('__proto__', 'x', 'NOT_EQUALS'), 'y'],
    [false, when('constructor', 'x', 'NOT_EQUALS'), 'y'],
    [false, when('n', 'a'), ['a', 'b']],
  ];
  for (const [holds, condition, n] of cases)
    assert.equal(await meets([REPOSITORY, condition], { n }), holds, JSON.stringify([condition, n]));
});

test('F10: a nested claim is named by its path; a claim whose own name has slashes by that name', async () => {
  const { uid } = SAMPLES.kubernetes['kubernetes.io'].serviceaccount;
  const path = '/kubernetes.io/serviceaccount/uid';
  assert.equal(await meets([when(path, uid)], {}, 'kubernetes'), true);
  assert.equal(await meets([when(path, 'other')], {}, 'kubernetes'), false);
  const shadow = { [path]: 'other' };
  assert.equal(await meets([when(path, uid)], shadow, 'kubernetes'), false, 'its own name comes first');
  const project = 'oidc.circleci.com/project-id';
  const rule = [when(project, SAMPLES.circleci[project])];
  assert.equal(await meets(rule, {}, 'circleci'), true);
  const rerun = { 'oidc.circleci.com/ssh-rerun': true };
  assert.equal(await meets(rule, rerun, 'circleci'), false, 'a person was in the job');
});

/** What binds a token of each platform. */
const BOUND: Record<Sample, readonly Condition[]> = {
  github: [REPOSITORY],
  kubernetes: [when('sub', SAMPLES.kubernetes.sub)],
  gitlab: [when('project_id', '22')],
  buildkite: [when('organization_id', SAMPLES.buildkite.organization_id)],
  circleci: [when('oidc.circleci.com/project-id', SAMPLES.circleci['oidc.circleci.com/project-id'])],
  bitbucket: [when('repositoryUuid', SAMPLES.bitbucket.repositoryUuid)],
  google: [when('sub', SAMPLES.google.sub)],
  azure: [when('tid', '7d1c'), when('oid', '0b1d')],
};

test('F11: a sample of every platform passes by its preset; one other binding claim, or an iss with a slash, does not', async () => {
  for (const sample of Object.keys(SAMPLES) as Sample[]) {
    const bound = BOUND[sample];
    assert.equal(await meets(bound, {}, sample), true, sample);
    for (const { claim } of bound)
      assert.equal(await meets(bound, { [claim]: 'other' }, sample), false, claim);
    assert.equal(await meets(bound, { iss: `${SAMPLES[sample].iss}/` }, sample), false, `${sample}/`);
    assert.equal(await meets(bound, { iss: SAMPLES[sample].iss.toUpperCase() }, sample), false);
  }
});

test('F3: a name that was given to another owner, with our audience, does not pass a rule on ids', async () => {
  const rule = [REPOSITORY, when('repository_owner_id', '123456')];
  assert.equal(await meets(rule, { repository_id: '777', repository_owner_id: '888' }), false);
  assert.equal(await meets(rule, {}), true);
});

test('a rule of an issuer that is not declared for the account says so, and no token meets it', async () => {
  const { status, body } = await make([when('sub', 'x')], { realm_name: 'https://elsewhere.example.com' });
  assert.equal(status, 400);
  assert.match(body.errorMessage, /declared for this account/);
});
