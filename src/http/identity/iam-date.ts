import { RegistryError } from '../../errors.ts';

/** IAM's dates: yyyy-MM-ddTHH:mm+0000, always UTC. */
export const formatIamDate = (time: number): string => `${new Date(time).toISOString().slice(0, 16)}+0000`;

/** Epoch milliseconds; BAD_REQUEST for anything else. */
export const parseIamDate = (text: string): number => {
  const match = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2})(?::\d{2}(?:\.\d+)?)?(?:\+0000|\+00:00|Z)$/.exec(text);
  const time = match ? Date.parse(`${match[1]}Z`) : Number.NaN;
  if (Number.isNaN(time))
    throw new RegistryError('BAD_REQUEST', { message: 'a date is written yyyy-MM-ddTHH:mm+0000' });
  return time;
};
