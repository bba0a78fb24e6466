import type { VNode } from 'preact';
import { Choice, Field } from '../../kit/form.ts';
import { html, use } from '../../kit/html.ts';
import { inBoth } from '../../text/language.ts';
import { iamDate } from '../../text/values.ts';
import { common } from '../../text/words.ts';

const text = inBoth(
  {
    never: 'never',
    days: (count: number) => `in ${count} days`,
    year: 'in a year',
    date: 'at a date',
    when: 'Date and time',
  },
  {
    never: '만료되지 않음',
    days: (count: number) => `${count}일 후`,
    year: '1년 후',
    date: '날짜 지정',
    when: '날짜와 시각',
  },
);

/** When something ends: after some days, at a date of the reader's zone, or never. */
export interface End {
  readonly kind: 'never' | '30' | '90' | '365' | 'date';
  /** As the field of a browser writes it. */
  readonly date: string;
}

export const IN_90_DAYS: End = { kind: '90', date: '' };

const DAY = 86_400_000;

/** The moment, undefined for never. A date that is not written out yet is none. */
export const endOf = ({ kind, date }: End): number | undefined => {
  if (kind === 'never') return undefined;
  if (kind !== 'date') return Date.now() + Number(kind) * DAY;
  const at = Date.parse(date);
  return Number.isNaN(at) ? undefined : at;
};

export const iamEnd = (end: End): { expires_at: string } | object => {
  const at = endOf(end);
  return at === undefined ? {} : { expires_at: iamDate(at) };
};

/** The options of a command that say the same. */
export const endOption = (end: End): string => {
  if (end.kind === 'never') return '';
  if (end.kind !== 'date') return ` --expires-in ${end.kind}d`;
  const at = endOf(end);
  return at === undefined ? '' : ` --expires-at ${new Date(at).toISOString().slice(0, 16)}Z`;
};

export const EndChoice = ({
  value,
  onValue,
  label,
}: {
  value: End;
  onValue: (end: End) => void;
  label?: string;
}): VNode =>
  html.div(
    { class: 'fields' },
    use(Choice<End['kind']>, {
      label: label ?? common().ends,
      value: value.kind,
      options: [
        ['30', text().days(30)],
        ['90', text().days(90)],
        ['365', text().year],
        ['date', text().date],
        ['never', text().never],
      ],
      onValue: (kind) => onValue({ ...value, kind }),
    }),
    value.kind === 'date' &&
      use(Field, {
        label: text().when,
        type: 'datetime-local',
        value: value.date,
        isRequired: true,
        onValue: (date) => onValue({ ...value, date }),
      }),
  );
