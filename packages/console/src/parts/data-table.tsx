/** Rows in columns, the same on every page: it scrolls by itself where a phone is narrower, by keyboard too. */
import { Table } from '@mantine/core';
import type { ReactNode } from 'react';

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => ReactNode;
  /** Numbers stand under each other. */
  readonly isNumber?: boolean;
}

interface DataTableProps<Row> {
  /** What the rows are, for whoever hears the page. */
  readonly label: string;
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  readonly columns: readonly Column<Row>[];
  /** Pixels below which it scrolls. */
  readonly minWidth?: number;
}

export const DataTable = <Row,>({ label, rows, keyOf, columns, minWidth = 480 }: DataTableProps<Row>): ReactNode => (
  <Table.ScrollContainer minWidth={minWidth}>
    <Table verticalSpacing="xs" aria-label={label}>
      <Table.Thead>
        <Table.Tr>
          {columns.map(({ title, isNumber }) => (
            <Table.Th key={title} {...(isNumber === true ? { ta: 'right' } : {})}>
              {title}
            </Table.Th>
          ))}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map((row) => (
          <Table.Tr key={keyOf(row)}>
            {columns.map(({ title, cell, isNumber }) => (
              <Table.Td key={title} {...(isNumber === true ? { ta: 'right' } : {})}>
                {cell(row)}
              </Table.Td>
            ))}
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  </Table.ScrollContainer>
);
