import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ImageDoor } from '../registry/image-stage.ts';
import { stage } from '../spec/repository.ts';
import { Caller } from './caller.ts';
import { Identities } from './identities.ts';

const on = stage();
const door = new ImageDoor(on);
const QUESTIONS = '/v1/explain/questions';
const birds = { namespace: 'birds' };

test('questions about the caller are answered in their order, as each would be alone', async () => {
  const reader = await door.holding('Reader', 'birds');
  const self = await Caller.login(on.registry, reader.apikey);
  const asked = { iam_id: reader.iamId, type: 'serviceid', resource: { repository: 'birds/app' } };
  const questions = [
    { action: 'pull', resource: birds },
    { action: 'push', resource: birds },
    { ...asked, action: 'image.pull' },
    { action: 'pull', resource: { namespace: 'absent' } },
  ];
  const { status, body } = await self.post(QUESTIONS, { questions });
  assert.equal(status, 200, JSON.stringify(body));
  assert.deepEqual(
    body.answers.map(({ allowed }: { allowed: boolean }) => allowed),
    [true, false, true, false],
  );
  const { allowed, because, action, resource } = (
    await self.post('/v1/explain', { ...asked, action: 'pull' })
  ).body;
  assert.deepEqual(body.answers[2], { allowed, because, action, resource });
});

test('a namespace of another account and one that is not there are the same answer', async () => {
  const stranger = await Caller.login(on.registry, (await new Identities(on.registry).stranger()).apikey);
  const questions = ['birds', 'nobird'].map((namespace) => ({ action: 'pull', resource: { namespace } }));
  const { body } = await stranger.post(QUESTIONS, { questions });
  const [first, second] = body.answers;
  assert.equal(first.allowed, false);
  assert.deepEqual(JSON.parse(JSON.stringify(first).replaceAll('birds', 'nobird')), second);
});

test('one question about another identity needs the right to explain it; who holds that gets an answer also for what is not there', async () => {
  const [writer, other] = [await door.holding('Writer'), await door.holding('Reader', 'birds')];
  const about = (iam_id: string) => ({ iam_id, type: 'serviceid', action: 'pull', resource: birds });
  const own = { action: 'pull', resource: birds };
  const caller = await Caller.login(on.registry, writer.apikey);
  const refused = await caller.post(QUESTIONS, { questions: [own, about(other.iamId)] });
  assert.equal(refused.status, 403, JSON.stringify(refused.body));
  const owner = await Caller.login(on.registry);
  const { status, body } = await owner.post(QUESTIONS, {
    questions: [own, about(other.iamId), about('iam-ServiceId-absent')],
  });
  assert.equal(status, 200, JSON.stringify(body));
  assert.deepEqual(
    body.answers.map(({ allowed }: { allowed: boolean }) => allowed),
    [true, true, false],
  );
  assert.match(body.answers[2].because, /no such identity/);
});

test('no question, more than 50, half an identity and an action that does not exist are refused, and so is an anonymous caller', async () => {
  const owner = await Caller.login(on.registry);
  const own = { action: 'pull', resource: birds };
  for (const questions of [
    [],
    Array.from({ length: 51 }, () => own),
    [{ ...own, iam_id: 'iam-ServiceId-x' }],
    [{ ...own, action: 'fly' }],
  ])
    assert.equal((await owner.post(QUESTIONS, { questions })).status, 400);
  const fifty = await owner.post(QUESTIONS, { questions: Array.from({ length: 50 }, () => own) });
  assert.equal(fifty.body.answers.length, 50);
  assert.equal((await Caller.bearing(on.registry).post(QUESTIONS, { questions: [own] })).status, 401);
});
