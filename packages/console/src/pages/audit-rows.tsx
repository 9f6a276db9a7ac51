import { Table, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { AnswerOf } from '../api/operation-types.ts';
import { Empty } from '../parts/states.tsx';
import { Mark } from '../parts/status.tsx';
import { Time } from '../parts/time.tsx';
import { Value } from '../parts/value.tsx';

type Row = AnswerOf<'GET /api/v1/audit'>['items'][number];

export const AuditRows = ({ rows }: { readonly rows: readonly Row[] }): ReactNode =>
  rows.length === 0 ? (
    <Empty title="Nothing fits">No entry of the audit log is like that.</Empty>
  ) : (
    <Table.ScrollContainer minWidth={640}>
      <Table verticalSpacing="xs">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>When</Table.Th>
            <Table.Th>Who</Table.Th>
            <Table.Th>What</Table.Th>
            <Table.Th>Details</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={row.id}>
              <Table.Td>
                <Time at={row.at} />
              </Table.Td>
              <Table.Td>
                {row.actor.name ?? row.actor.id} {row.actor.development && <Mark>development</Mark>}
              </Table.Td>
              <Table.Td>
                <code>{row.action}</code>
                <Text size="sm" className="quiet">
                  {row.subject.kind} {row.subject.name ?? row.subject.id}
                  {row.run_id !== null && (
                    <>
                      {', '}
                      <Link to="/runs/$run" params={{ run: row.run_id }}>
                        run
                      </Link>
                    </>
                  )}
                </Text>
                {row.reason !== null && <Text size="sm">{row.reason}</Text>}
              </Table.Td>
              <Table.Td>
                {row.erased ? (
                  <Mark>erased</Mark>
                ) : (
                  row.detail != null && (
                    <details>
                      <summary>Show</summary>
                      <Value of={row.detail} label="Details" />
                    </details>
                  )
                )}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
