import { inBoth } from '../../text/language.ts';

/** Words about users that several pages use. */
export const userWords = inBoth(
  {
    users: 'Users',
    named: (name: string) => `User ${name}`,
    email: 'E-mail address',
    joined: 'Joined',
    ACTIVE: 'active',
    PENDING: 'invited',
    DISABLED: 'disabled',
  },
  {
    users: '사용자',
    named: (name: string) => `사용자 ${name}`,
    email: '이메일 주소',
    joined: '가입',
    ACTIVE: '활성',
    PENDING: '초대됨',
    DISABLED: '사용 중지됨',
  },
);
