import { inBoth } from '../../text/language.ts';

/** Words about service IDs that several pages use. */
export const serviceIdWords = inBoth(
  {
    serviceIds: 'Service IDs',
    named: (name: string) => `Service ID ${name}`,
    create: 'Create a service ID',
    locked: 'locked',
    changed: 'Changed',
    empty: 'There is no service ID yet. A program signs in as one, with a key of its own.',
  },
  {
    serviceIds: '서비스 ID',
    named: (name: string) => `서비스 ID ${name}`,
    create: '서비스 ID 새로 만들기',
    locked: '잠김',
    changed: '변경 시각',
    empty: '아직 서비스 ID가 없습니다. 프로그램은 서비스 ID와 그 키로 로그인합니다.',
  },
);
