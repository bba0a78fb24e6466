import type { VNode } from 'preact';
import { common } from '../text/words.ts';
import { type Child, html, use } from './html.ts';
import { Icon } from './icons.ts';

export interface Column<Row> {
  readonly key: string;
  /** Empty over buttons: those who hear the table are told so. */
  readonly head: string;
  readonly cell: (row: Row) => Child;
  /** Numbers stand at the right. */
  readonly isNumber?: boolean;
  /** What the server calls the sort by this column; a column without one has no button. `[ascending, descending]`. */
  readonly sorts?: readonly [ascending: string, descending: string];
}

export interface Selection {
  readonly keys: ReadonlySet<string>;
  readonly onChange: (keys: ReadonlySet<string>) => void;
}

export interface TableProps<Row> {
  /** What the table lists, for those who hear it. */
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly rowKey: (row: Row) => string;
  readonly sort?: string | undefined;
  readonly onSort?: (sort: string) => void;
  readonly selection?: Selection | undefined;
  /** A row below each row that is open. */
  readonly detail?: ((row: Row) => Child) | undefined;
}

/** Rows of data. The first column names the row; the header stays in sight. */
export const Table = <Row>(table: TableProps<Row>): VNode => {
  const { caption, columns, rows, rowKey, selection } = table;
  return html.div(
    { class: 'table-frame', role: 'region', 'aria-label': caption, tabIndex: 0 },
    html.table(
      {},
      html.caption({ class: 'unseen' }, caption),
      html.thead(
        {},
        html.tr(
          {},
          selection && html.th({ class: 'tick' }, use(SelectAll<Row>, { table, selection })),
          columns.map((column) => use(Head<Row>, { key: column.key, table, column })),
        ),
      ),
      html.tbody(
        {},
        rows.map((row) => use(TableRow<Row>, { key: rowKey(row), table, row })),
      ),
    ),
  );
};

const Head = <Row>({ table, column }: { table: TableProps<Row>; column: Column<Row> }): VNode => {
  const { head, sorts, isNumber } = column;
  const { sort, onSort } = table;
  const className = isNumber ? 'number' : '';
  if (!sorts || !onSort)
    return html.th(
      { scope: 'col', class: className },
      head === '' ? html.span({ class: 'unseen' }, common().actions) : head,
    );
  const [ascending, descending] = sorts;
  const direction = sort === ascending ? 'ascending' : sort === descending ? 'descending' : 'none';
  const next = direction === 'descending' ? ascending : direction === 'ascending' ? descending : descending;
  return html.th(
    { scope: 'col', class: className, 'aria-sort': direction },
    html.button(
      { type: 'button', class: 'sort', onClick: () => onSort(next) },
      head,
      direction !== 'none' && use(Icon, { name: direction === 'ascending' ? 'up' : 'down' }),
    ),
  );
};

const TableRow = <Row>({ table, row }: { table: TableProps<Row>; row: Row }): VNode => {
  const { columns, rowKey, selection } = table;
  const key = rowKey(row);
  const isSelected = selection?.keys.has(key) ?? false;
  const toggle = (event: MouseEvent): void =>
    selection?.onChange(chosen(table, key, !isSelected, event.shiftKey));
  return html.tr(
    { class: isSelected ? 'selected' : '' },
    selection &&
      html.td(
        { class: 'tick' },
        html.input({
          type: 'checkbox',
          'aria-label': common().select(key),
          checked: isSelected,
          onClick: toggle,
        }),
      ),
    columns.map(({ key: name, cell, isNumber }, index) =>
      index === 0
        ? html.th({ key: name, scope: 'row' }, cell(row))
        : html.td({ key: name, class: isNumber ? 'number' : '' }, cell(row)),
    ),
  );
};

/** The row that was ticked last: with the shift key, all between it and this one are ticked. */
let last: string | undefined;

const chosen = <Row>(
  { rows, rowKey, selection }: TableProps<Row>,
  key: string,
  isOn: boolean,
  isRange: boolean,
): ReadonlySet<string> => {
  const keys = new Set(selection?.keys);
  const order = rows.map(rowKey);
  const [from, to] = [isRange && last !== undefined ? order.indexOf(last) : -1, order.indexOf(key)];
  const range = from < 0 ? [key] : order.slice(Math.min(from, to), Math.max(from, to) + 1);
  for (const each of range) {
    if (isOn) keys.add(each);
    else keys.delete(each);
  }
  last = key;
  return keys;
};

const SelectAll = <Row>({ table, selection }: { table: TableProps<Row>; selection: Selection }): VNode => {
  const { rows, rowKey } = table;
  const isAll = rows.length > 0 && rows.every((row) => selection.keys.has(rowKey(row)));
  return html.input({
    type: 'checkbox',
    'aria-label': common().select(common().all),
    checked: isAll,
    onClick: () => selection.onChange(new Set(isAll ? [] : rows.map(rowKey))),
  });
};
