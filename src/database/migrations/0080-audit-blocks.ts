import type { ColumnDefinitionBuilder, Kysely } from 'kysely';

type Column = (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder;
const required: Column = (column) => column.notNull();

/** Blocks of sealed events of the audit log. */
export const up = async (db: Kysely<unknown>): Promise<void> => {
  // position: of all blocks; size: of those of its origin, which is another after each restore (history).
  // previous, root, head, tree: SHA-256, base64. head: of the block itself; tree: root of the tree of the heads of its origin.
  // frontier: of the last block only, what the next tree is made from. leaves: 32 bytes for each event.
  // gone: a signed text that says which of the events retention removed; state: 0 whole, 1 without pulls, 2 held, 3 empty
  await db.schema
    .createTable('audit_blocks')
    .addColumn('position', 'bigint', (column) => column.primaryKey())
    .addColumn('history', 'bigint', required)
    .addColumn('origin', 'text', required)
    .addColumn('size', 'bigint', required)
    .addColumn('previous', 'text', required)
    .addColumn('root', 'text', required)
    .addColumn('first_number', 'bigint', required)
    .addColumn('last_number', 'bigint', required)
    .addColumn('sealed_at', 'bigint', required)
    .addColumn('head', 'text', required)
    .addColumn('tree', 'text', required)
    .addColumn('frontier', 'text')
    .addColumn('key_id', 'text', required)
    .addColumn('signature', 'text', required)
    .addColumn('leaves', 'blob')
    .addColumn('gone', 'text')
    .addColumn('state', 'integer', required)
    .addColumn('looked_at', 'bigint', required)
    .execute();
  await db.schema
    .createIndex('audit_blocks_by_state')
    .on('audit_blocks')
    .columns(['state', 'looked_at', 'position'])
    .execute();
};
