import { RegistryError } from '../../errors.ts';
import { type Identity, loginName, type Member } from '../../identity/room.ts';
import type { UserPatch } from '../../wire/users.ts';
import type { JsonRequest, RequestHead } from '../json-app.ts';
import { actorOf, callerOf } from '../json-request.ts';
import type { Request } from '../request.ts';

/** Requests that switch a member on, where the rights that the member gets back were asked about. */
const asked = new WeakSet<Request>();

/** Whether a change switches on a member who is not on. An unchanged value is no change. */
export const isSwitchedOn = async (
  { raw, body, params }: JsonRequest,
  { users }: Identity,
): Promise<boolean> => {
  if ((body as UserPatch).state !== 'ACTIVE') return false;
  const { account, iam_id: iamId } = params as { account: string; iam_id: string };
  const member = await users.find(account, iamId);
  if (!member || member.state === 'ACTIVE') return false;
  asked.add(raw);
  return true;
};

/**
 * Names are changed by the person alone, membership by the account's Administrators alone. What is sent as it is already
 * is no change. Throws BAD_REQUEST, DENIED, and CONFLICT where the member was switched off meanwhile.
 */
export const changeMember = async (
  request: RequestHead,
  member: Member,
  patch: UserPatch,
  { users }: Identity,
): Promise<void> => {
  refuseUnkept(member, patch);
  const { accountId, iamId } = member;
  const actor = actorOf(request);
  const isSelf = callerOf(request) === iamId;
  const state = patch.state === undefined || patch.state === 'ACTIVE' ? patch.state : 'DISABLED';
  const [first, last] = [other(patch.firstname, member.firstName), other(patch.lastname, member.lastName)];
  const isSwitched = state !== undefined && state !== member.state;
  const isNamed = first !== undefined || last !== undefined;
  if (isSwitched && isSelf)
    throw new RegistryError('DENIED', {
      message: 'You cannot switch your own membership on or off; another Administrator can.',
    });
  if (isNamed && !isSelf)
    throw new RegistryError('DENIED', { message: 'Only the person can change these names.' });
  if (isSwitched && state === 'ACTIVE' && !asked.has(request.raw))
    throw new RegistryError('CONFLICT', { message: 'The member was switched off just now; try again.' });
  if (isSwitched) await users.setState(accountId, iamId, state, actor);
  if (isNamed) await users.setNames(accountId, member, { first, last }, actor);
};

const other = (given: string | undefined, kept: string): string | undefined =>
  given === kept ? undefined : given;

const refuseUnkept = (member: Member, { email, ...patch }: UserPatch): void => {
  if (email !== undefined && loginName(email) !== member.email)
    throw new RegistryError('BAD_REQUEST', {
      message: 'The e-mail address is the name of the login and cannot be changed; invite the new address.',
    });
  const unkept = (['phonenumber', 'altphonenumber', 'photo'] as const).find((key) => patch[key]);
  if (unkept !== undefined)
    throw new RegistryError('BAD_REQUEST', { message: `${unkept} is not stored here.` });
};
